/**
 * The transports without STOMP: connections that carry whatever their handler writes, over WebSocket and SockJS.
 *
 * @module
 */
export { DISCONNECTS } from '../errors.js'
export type { DisconnectReason } from '../errors.js'
export type { Wire } from '../wire.js'
export type { Accept, Connection, ConnectionHandler } from './connection.js'
export type { CompressionOptions } from './deflate-wire.js'
export { Endpoint } from './endpoint.js'
export type { EndpointOptions } from './endpoint.js'
export { mount } from './http-mount.js'
export type { Mountable, WebServer } from './http-mount.js'
export type { PeerNodes } from './sockjs/peers.js'
export type { SockJsOptions } from './sockjs/settings.js'
