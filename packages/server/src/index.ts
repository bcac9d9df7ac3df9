export { destination } from './contract.js'
export type { Address, Destination, PathParams } from './contract.js'
