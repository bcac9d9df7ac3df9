import { describe, expect, test } from 'vitest'
import { addressBlock, isPrivateAddress } from './ip-address.js'

describe('what counts as one client', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:db8::2:3:4:5:6', '2001:db8:0:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, block) => {
    expect(addressBlock(address)).toBe(block)
  })
})

describe('a private address', () => {
  test.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '::ffff:10.0.0.1',
    'fd00::1',
    'fe80::1%eth0',
    '100.64.0.1',
    '',
  ])('%s is one', (address) => expect(isPrivateAddress(address)).toBe(true))

  test.each(['192.0.2.1', '172.32.0.1', '2001:db8::1', '::ffff:192.0.2.1', '100.128.0.1'])(
    '%s is none',
    (address) => expect(isPrivateAddress(address)).toBe(false),
  )
})
