export { CLIENT_COMMANDS, SERVER_COMMANDS } from './frame.js'
export type { ClientCommand, Command, Frame, ServerCommand, StompVersion } from './frame.js'
export { StompHeaders } from './headers.js'
