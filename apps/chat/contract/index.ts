export * from './destinations.js'
export * from './http.js'
export * from './messages.js'
