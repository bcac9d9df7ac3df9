export { StompHeaders } from '@stomping-ground/codec'
export type { StompVersion } from '@stomping-ground/codec'
export { asyncApi } from './asyncapi/asyncapi.js'
export type { AsyncApiDocument, AsyncApiOptions, AsyncApiServer } from './asyncapi/asyncapi.js'
export type { ToJsonSchema } from './asyncapi/json-schema.js'
export { serveAsyncApi } from './asyncapi/serve.js'
export { RENEWAL } from './authentication.js'
export type { Authenticate, Authenticated, ConnectRequest } from './authentication.js'
export type { Awaitable } from './awaitable.js'
export type {
  AckMode,
  Acknowledgement,
  Audience,
  Broker,
  BrokerLink,
  BrokerObserver,
  DropReason,
  Operation,
  Seat,
  SubscribeRequest,
  Subscriber,
  SubscriptionActive,
} from './broker/broker.js'
export { relay } from './broker/relay/relay.js'
export type { RelayOptions } from './broker/relay/settings.js'
export { embeddedBroker } from './broker/embedded/embedded.js'
export type { EmbeddedBrokerOptions } from './broker/embedded/embedded.js'
export type { KeptMessage, QueueChange, QueueStore } from './broker/embedded/queue-store.js'
export type { History, HistoryOptions, ReplaceOptions } from './broker/history/history.js'
export type { HistoryPage, PageRequest } from './broker/history/page.js'
export { memoryStore } from './broker/history/memory-store.js'
export type { Retain } from './broker/history/retention.js'
export type {
  Appended,
  Content,
  Entry,
  Head,
  HistoryStore,
  Keep,
  PageBounds,
  StoredMessage,
  StoreWatcher,
} from './broker/history/store.js'
export { REMEMBERED_IDS } from './broker/history/store.js'
export type { Clock, Timer } from './clock.js'
export type {
  Channel,
  ChannelObserver,
  Cluster,
  ClusterChoice,
  ClusterOptions,
  ClusterRevocation,
  Node,
  SharedChange,
  SharedEntry,
  SharedMap,
  SharedObserver,
} from './cluster/cluster.js'
export { destination, unretained, userDestination } from './contract.js'
export type {
  Address,
  Destination,
  InferRoutes,
  PathParams,
  RouteTypes,
  UserAddress,
  UserDestination,
} from './contract.js'
export type { Delivery } from './delivery.js'
export { DISCONNECTS, ERRORS, StompError } from './errors.js'
export type { DisconnectReason, ServerErrorCode } from './errors.js'
export { DEFAULT_LIMITS } from './limits.js'
export type { Limits } from './limits.js'
export type { Message } from './message.js'
export type {
  CallContext,
  ErrorContext,
  LiveMessage,
  MessageContext,
  SubscribeContext,
} from './messaging/context.js'
export { errorMapping } from './messaging/error-map.js'
export type { ErrorClass, ErrorMapping } from './messaging/error-map.js'
export type {
  DeliveryChange,
  HandlerCall,
  InboundFrame,
  Interceptor,
  OutboundDelivery,
  SendChange,
} from './messaging/interceptors.js'
export type { LiveFlow, MessageMapping, SendTo, SendToUser, SubscribeMapping } from './messaging/mapping.js'
export { messageMap } from './messaging/message-map.js'
export type { Mappings, MessageMap } from './messaging/message-map.js'
export type { Messaging, SendOptions, SendToUserOptions } from './messaging/messaging.js'
export { allow, rule } from './messaging/permissions.js'
export type { Permissions, Rule, RuleContext } from './messaging/permissions.js'
export type { Events, ServerEvents, SlowEvent, SubscriptionEvent } from './observe/events.js'
export type { Metrics } from './observe/metrics.js'
export type { Rate, RateOptions, TrafficRates } from './rates.js'
export type { StompServerOptions } from './options.js'
export { createStompServer } from './server.js'
export type { AttachOptions, StompServer } from './server.js'
export type { HeartbeatSettings } from './session/heartbeat.js'
export type { Revocation, SessionChoice, Sessions } from './sessions.js'
export type { DropBounds, SlowConsumerRule } from './session/slow-consumers.js'
export { sessionAttribute } from './stomp-session.js'
export type { SessionAttribute, SessionAttributes, StompSession, StompUser } from './stomp-session.js'
export type { Accept, Connection, ConnectionHandler } from './transport/connection.js'
export type { CompressionOptions } from './transport/deflate-wire.js'
export type { Endpoint } from './transport/endpoint.js'
export type { TrustedProxies } from './transport/forwarded.js'
export type { WebServer } from './transport/http-mount.js'
export type { SockJsOptions } from './transport/sockjs/settings.js'
export type { TcpListener, TcpOptions } from './transport/tcp.js'
export type { Format, Wire } from './wire.js'
