export * from './destinations.js'
export * from './direct.js'
export * from './http.js'
export * from './messages.js'
