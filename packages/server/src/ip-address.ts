import { BlockList, isIPv6 } from 'node:net'

const PRIVATE = new BlockList()
// This machine, private networks (RFC 1918, 4193), link-local, and what carriers and clouds share (RFC 6598).
PRIVATE.addSubnet('127.0.0.0', 8)
PRIVATE.addSubnet('10.0.0.0', 8)
PRIVATE.addSubnet('172.16.0.0', 12)
PRIVATE.addSubnet('192.168.0.0', 16)
PRIVATE.addSubnet('169.254.0.0', 16)
PRIVATE.addSubnet('100.64.0.0', 10)
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

/** Whether an address is of this machine or of a private network: a proxy's, more often than not. So is none at all. */
export function isPrivateAddress(address: string): boolean {
  if (address === '') return true
  const plain = withoutZone(address)
  return isIPv6(plain) ? PRIVATE.check(plain, 'ipv6') : PRIVATE.check(plain)
}

/**
 * What counts as one client: an IPv4 address, also where it is written as IPv6; of IPv6 the first 64 bits, since every
 * customer of a provider has at least as many addresses as the other 64 give.
 */
export function addressBlock(address: string): string {
  const plain = withoutZone(address)
  if (!isIPv6(plain)) return plain
  const [, embedded] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain) ?? []
  if (embedded !== undefined) return embedded
  const [head = '', tail] = plain.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0)
  const first =
    tail === undefined
      ? groups
      : [
          ...groups,
          ...Array<string>(8 - groups.length - behind).fill('0'),
          ...(tail === '' ? [] : tail.split(':')),
        ]
  return `${first
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}
