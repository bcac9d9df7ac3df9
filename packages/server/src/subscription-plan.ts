/** What a SUBSCRIBE comes to, once it is permitted. */
export interface SubscriptionPlan {
  /** The broker destinations that it is subscribed to, all under its id. */
  readonly destinations: readonly string[]
}
