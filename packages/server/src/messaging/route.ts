import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import type { BrokerLink } from '../broker/broker.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'
import { REPLY_QUEUE, USER_TOPIC } from '../message.js'
import { isWildcard } from '../path-pattern.js'
import type { PathValues } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { SubscriptionPlan } from '../subscription-plan.js'
import { decodeBody, validateBody } from './body.js'
import type { Mapping, MessageMap } from './message-map.js'
import type { Messaging } from './messaging.js'
import { permit, subscribeRules } from './permissions.js'
import type { Permissions, Rule } from './permissions.js'
import { isUserDestination, ownTopics, topicOfUser, userRest } from './user-destinations.js'

export interface RouterOptions<User extends StompUser> {
  /** Destinations below it are handled by code here. */
  readonly applicationPrefix: string
  readonly maps: readonly MessageMap<User>[]
  readonly permissions: Permissions<User>
  readonly messaging: Messaging
}

/** Decides where a SEND goes: to a handler, or to the broker. */
export class Router<User extends StompUser> {
  readonly #prefix: string
  readonly #messaging: Messaging
  readonly #subscribeRules: readonly Rule<User>[]
  readonly #sendRules: readonly Rule<User>[]
  readonly #literal = new Map<string, Mapping<User>>()
  readonly #patterns: Mapping<User>[] = []

  /** @throws TypeError when the prefix is malformed or two mappings take the same destinations */
  constructor(options: RouterOptions<User>) {
    if (!/^\/[^/{}*]+(\/[^/{}*]+)*$/.test(options.applicationPrefix)) {
      throw new TypeError(
        `The application prefix has to be of the form /app, not ${options.applicationPrefix}`,
      )
    }
    if (/^\/(user|user-topic)(\/|$)/.test(options.applicationPrefix)) {
      throw new TypeError(`The application prefix cannot be ${options.applicationPrefix}: that is the users'`)
    }
    this.#prefix = options.applicationPrefix
    this.#messaging = options.messaging
    this.#subscribeRules = subscribeRules(options.permissions)
    this.#sendRules = options.permissions.send ?? []
    const shapes = new Set<string>()
    for (const mapping of options.maps.flatMap((map) => map.mappings)) {
      const { pattern } = mapping
      if (shapes.has(pattern.shape)) throw new TypeError(`Two handlers are mapped to ${pattern.source}`)
      shapes.add(pattern.shape)
      if (pattern.literal) this.#literal.set(pattern.source, mapping)
      else this.#patterns.push(mapping)
    }
  }

  route(session: StompSession<User>, message: Message, link: BrokerLink, confirm: boolean): Awaitable<void> {
    const { destination } = message
    if (this.isApplication(destination)) return this.#handle(session, message)
    return next(this.#permitSend(session, message), (permitted) => link.send(permitted, confirm))
  }

  /** Whether a SEND may be held for COMMIT. Handlers cannot be undone, so they take no part. */
  permitTransaction(session: StompSession<User>, message: Message): Awaitable<Message> {
    if (this.isApplication(message.destination)) throw new StompError('transaction-unsupported')
    return this.#permitSend(session, message)
  }

  /** What a SUBSCRIBE of this session comes to, once it is permitted. */
  planSubscription(session: StompSession<User>, destination: string): Awaitable<SubscriptionPlan> {
    return next(this.permitSubscribe(session, destination), () => {
      const own = isUserDestination(destination)
      return { destinations: own ? ownTopics(session, userRest(destination)) : [destination] }
    })
  }

  permitSubscribe(session: StompSession<User>, destination: string): Awaitable<void> {
    if (this.isApplication(destination)) {
      throw new StompError('destination-not-handled', `Nothing handles a subscription to ${destination}.`)
    }
    refuseReserved(destination)
    if (isUserDestination(destination)) userRest(destination)
    return permit(this.#subscribeRules, 'subscribe', session, destination)
  }

  isApplication(destination: string): boolean {
    return destination.startsWith(this.#prefix) && destination[this.#prefix.length] === '/'
  }

  /** The message as the broker takes it. */
  #permitSend(session: StompSession<User>, message: Message): Awaitable<Message> {
    const { destination } = message
    if (isWildcard(destination)) {
      throw new StompError(
        'destination-invalid',
        `A message cannot be sent to ${destination}: it has wildcards.`,
      )
    }
    refuseReserved(destination)
    // Whoever knows the address of a reply queue got it to reply: the broker refuses one that is not there.
    if (destination.startsWith(REPLY_QUEUE)) return message
    const permitted = isUserDestination(destination)
      ? { ...message, destination: topicOfUser(destination) }
      : message
    return next(permit(this.#sendRules, 'send', session, destination), () => permitted)
  }

  #handle(session: StompSession<User>, message: Message): Awaitable<void> {
    const found = this.#find(message.destination.slice(this.#prefix.length))
    if (found === undefined) {
      throw new StompError('destination-not-handled', `Nothing handles ${message.destination}.`)
    }
    const [mapping, params] = found
    const decoded = decodeBody(message)
    const valid = mapping.schema === undefined ? decoded : validateBody(mapping.schema, decoded)
    return next(valid, (body) => this.#call(mapping, params, body, session, message))
  }

  #call(
    { handle, sendTo }: Mapping<User>,
    params: PathValues,
    body: unknown,
    session: StompSession<User>,
    message: Message,
  ): Awaitable<void> {
    const context = {
      params,
      body,
      session,
      message,
      user: session.user,
      headers: message.headers,
      messaging: this.#messaging,
      get signal() {
        return session.signal
      },
    }
    return next(handle(context), (result) => {
      if (sendTo !== undefined && result !== undefined)
        return this.#messaging.send(sendTo(params, body), result)
    })
  }

  #find(path: string): [Mapping<User>, PathValues] | undefined {
    const literal = this.#literal.get(path)
    if (literal !== undefined) return [literal, {}]
    for (const mapping of this.#patterns) {
      const params = mapping.pattern.match(path)
      if (params !== undefined) return [mapping, params]
    }
    return undefined
  }
}

/** What stands behind user destinations is reached by `/user/...` alone, by no pattern either. */
function refuseReserved(destination: string): void {
  const [, first] = destination.split('/', 2)
  if (`/${first}/` === USER_TOPIC) {
    throw new StompError('destination-invalid', `Destinations below ${USER_TOPIC} are the server's own.`)
  }
  if (first === '*' || first === '**') {
    throw new StompError('destination-invalid', 'The first segment of a destination cannot be a wildcard.')
  }
}
