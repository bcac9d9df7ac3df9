import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

/** The proxies whose `X-Forwarded-For` is believed: how many stand in front, or their addresses (`10.0.0.0/8`). */
export type TrustedProxies = number | readonly string[]

/** Tells the address that a request came from. */
export type AddressOf = (request: IncomingMessage) => string

const ofSocket: AddressOf = ({ socket }) => socket.remoteAddress ?? ''

/**
 * Every proxy adds to the header, at its end, the address that it was asked from; whatever stands before that was the
 * client's to write. So it is read from the end, as far as proxies are trusted and no farther.
 *
 * @throws TypeError or RangeError naming what is wrong
 */
export function forwardedAddress(trusted: TrustedProxies | undefined): AddressOf {
  if (trusted === undefined) return ofSocket
  const isTrusted = typeof trusted === 'number' ? byCount(trusted) : byAddress(trusted)
  return (request) => {
    let address = ofSocket(request)
    // Node joins repeated headers by commas.
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',')
    for (let hop = 0; isTrusted(address, hop) && forwarded.length > 0; hop++) {
      const before = plainAddress(forwarded.pop()!.trim())
      if (before === undefined) break
      address = before
    }
    return address
  }
}

type Trust = (address: string, hop: number) => boolean

function byCount(proxies: number): Trust {
  if (Number.isSafeInteger(proxies) && proxies >= 0) return (_, hop) => hop < proxies
  throw new RangeError(`trustProxy has to be a number of proxies or a list of addresses, not ${proxies}`)
}

function byAddress(listed: readonly string[]): Trust {
  const list = new BlockList()
  for (const entry of listed) {
    const [address = '', bits, ...rest] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    const valid = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
    if (isIP(address) === 0 || !valid || rest.length > 0) {
      throw new TypeError(`trustProxy has to list addresses such as 10.0.0.0/8, not ${JSON.stringify(entry)}`)
    }
    list.addSubnet(address, bits === undefined ? most : Number(bits), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Some proxies add the port, and brackets around IPv6. What is no address is not believed. */
function plainAddress(text: string): string | undefined {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? []
  const plain = bracketed ?? text.replace(/^([\d.]+):\d+$/, '$1')
  return isIP(plain) === 0 ? undefined : plain
}
