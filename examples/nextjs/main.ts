import { start } from './server.js'

const { port, close } = await start(Number(process.env['PORT'] ?? 8080))
console.log(`http://127.0.0.1:${port}; STOMP at /stomp, over WebSocket and SockJS`)
process.once('SIGTERM', () => void close())
process.once('SIGINT', () => void close())
