import type { StompHeaders } from '@stomping-ground/codec'
import { RENEWAL } from '../authentication.js'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import type { BrokerLink } from '../broker/broker.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'
import { NODE_TOPIC, REPLY_QUEUE, USER_TOPIC } from '../message.js'
import { isWildcard } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { Snapshot, SubscriptionPlan } from '../subscription-plan.js'
import { encodeBody, encodeJson } from './body.js'
import type { EncodedBody } from './body.js'
import { Calls } from './calls.js'
import type { CallsOptions } from './calls.js'
import type { Answer, Mapping } from './mapping.js'
import type { Mappings } from './message-map.js'
import { permit, subscribeRules } from './permissions.js'
import type { Permissions, Rule } from './permissions.js'
import { RouteTable } from './route-table.js'
import { liveDestination, snapshotOf } from './snapshot.js'
import { isUserDestination, ownTopics, topicOfUser, userRest } from './user-destinations.js'

export interface RouterOptions<User extends StompUser> extends CallsOptions<User> {
  /** Destinations below it are handled by code here. */
  readonly applicationPrefix: string
  readonly maps: readonly Mappings<User>[]
  readonly permissions: Permissions<User>
}

/** Decides where a SEND goes: to a handler, or to the broker. */
export class Router<User extends StompUser> {
  readonly #prefix: string
  readonly #subscribeRules: readonly Rule<User>[]
  readonly #sendRules: readonly Rule<User>[]
  readonly #calls: Calls<User>
  readonly #failed: RouterOptions<User>['failed']
  readonly #messages: RouteTable<Mapping<User>>
  readonly #answers: RouteTable<Answer<User>>

  /** @throws TypeError when the prefix is malformed, or mappings take the same destinations as another or the server */
  constructor(options: RouterOptions<User>) {
    if (!/^\/[^/{}*]+(\/[^/{}*]+)*$/.test(options.applicationPrefix)) {
      throw new TypeError(
        `The application prefix has to be of the form /app, not ${options.applicationPrefix}`,
      )
    }
    if (/^\/(user|user-topic|node-topic)(\/|$)/.test(options.applicationPrefix)) {
      throw new TypeError(
        `The application prefix cannot be ${options.applicationPrefix}: that is the server's own`,
      )
    }
    this.#prefix = options.applicationPrefix
    this.#subscribeRules = subscribeRules(options.permissions)
    this.#sendRules = options.permissions.send ?? []
    this.#failed = options.failed
    this.#calls = new Calls(options)
    this.#messages = new RouteTable(options.maps.flatMap(({ mappings }) => mappings))
    if (this.#messages.hasLiteral(RENEWAL)) {
      throw new TypeError(`A handler cannot be mapped to ${RENEWAL}: sessions renew their credentials there`)
    }
    this.#answers = new RouteTable(options.maps.flatMap(({ answers }) => answers))
    for (const { pattern } of options.maps.flatMap(({ mappings, answers }) => [...mappings, ...answers])) {
      if (!this.isApplication(pattern.source)) continue
      const rest = pattern.source.slice(this.#prefix.length)
      throw new TypeError(
        `${pattern.source} begins with ${this.#prefix}, which stands before it: map ${rest}`,
      )
    }
  }

  /** Done means handled, or accepted by the broker. */
  route(
    session: StompSession<User>,
    message: Message,
    link: BrokerLink,
    confirm: boolean,
  ): Awaitable<unknown> {
    if (this.isApplication(message.destination)) return this.#call(session, message, false)
    return next(this.#permitSend(session, message), (permitted) => link.send(permitted, confirm))
  }

  /** What the handler of a SEND answers, encoded; nothing where its result is `undefined`. */
  request(session: StompSession<User>, message: Message): Awaitable<EncodedBody | undefined> {
    return next(this.#call(session, message, true), (result) => {
      if (result === undefined) return undefined
      return result instanceof Uint8Array ? encodeBody(result) : encodeJson(result)
    })
  }

  /** Whether a SEND may be held for COMMIT. Handlers cannot be undone, so they take no part. */
  permitTransaction(session: StompSession<User>, message: Message): Awaitable<Message> {
    if (this.isApplication(message.destination)) throw new StompError('transaction-unsupported')
    return this.#permitSend(session, message)
  }

  /** What a SUBSCRIBE of this session comes to, once it is permitted. */
  planSubscription(session: StompSession<User>, destination: string): Awaitable<SubscriptionPlan> {
    if (this.isApplication(destination)) return this.#planAnswer(session, destination)
    return next(this.#permitSubscribe(session, destination), () => ({
      destinations: topicsOf(session, destination),
    }))
  }

  #planAnswer(session: StompSession<User>, destination: string): Awaitable<SubscriptionPlan> {
    const found = this.#answers.find(destination.slice(this.#prefix.length))
    if (found === undefined || isWildcard(destination)) {
      throw new StompError('destination-not-handled', `Nothing handles a subscription to ${destination}.`)
    }
    const { mapping, params } = found
    const answer = (headers: StompHeaders): Awaitable<Snapshot> => {
      const call = {
        command: 'SUBSCRIBE',
        mapping,
        params,
        session,
        headers,
        destination,
        asked: true,
      } as const
      const failed = (error: unknown): void => this.#failed(session, error, `isIn of ${destination}`)
      return next(this.#calls.subscribe(call), (value) => snapshotOf(mapping, destination, value, failed))
    }
    const live = liveDestination(mapping, params)
    if (live === undefined) return { destinations: [], answer }
    if (this.isApplication(live)) throw new TypeError(`${live} has no flow: it is the application's`)
    return next(this.#permitSubscribe(session, live), () => ({
      destinations: topicsOf(session, live),
      answer,
    }))
  }

  #permitSubscribe(session: StompSession<User>, destination: string): Awaitable<void> {
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

  #call(session: StompSession<User>, message: Message, asked: boolean): Awaitable<unknown> {
    const found = this.#messages.find(message.destination.slice(this.#prefix.length))
    if (found === undefined) {
      throw new StompError('destination-not-handled', `Nothing handles ${message.destination}.`)
    }
    const { mapping, params } = found
    const { headers, destination } = message
    return this.#calls.message({
      command: 'SEND',
      mapping,
      params,
      session,
      message,
      headers,
      destination,
      asked,
    })
  }
}

/** The broker destinations that one destination stands for. */
function topicsOf(session: StompSession, destination: string): readonly string[] {
  return isUserDestination(destination) ? ownTopics(session, userRest(destination)) : [destination]
}

/** What stands behind user destinations is reached by `/user/...` alone, what nodes tell each other by nobody. */
function refuseReserved(destination: string): void {
  // Asked for each SEND: nearly all are told by their second character.
  const second = destination[1]
  if (second !== USER_TOPIC[1] && second !== NODE_TOPIC[1] && second !== '*') return
  const [, first] = destination.split('/', 2)
  if (`/${first}/` === USER_TOPIC || `/${first}/` === NODE_TOPIC) {
    throw new StompError('destination-invalid', `Destinations below /${first}/ are the server's own.`)
  }
  if (first === '*' || first === '**') {
    throw new StompError('destination-invalid', 'The first segment of a destination cannot be a wildcard.')
  }
}
