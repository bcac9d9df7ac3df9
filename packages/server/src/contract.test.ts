import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { destination, userDestination } from './contract.js'
import type { Address, PathParams, UserAddress } from './contract.js'
import { messagingOver } from './messaging/messaging.js'
import { embeddedBroker } from './broker/embedded/embedded.js'

const Posted = z.object({ text: z.string(), at: z.number().default(0) })
const room = destination('/topic/rooms/{roomId}/{part}', Posted)
const all = destination('/topic/rooms', Posted)

describe('a destination', () => {
  test('makes addresses, and knows its own', () => {
    expect(room.to({ roomId: '7', part: 'a' })).toEqual({ destination: '/topic/rooms/7/a' })
    expect(all.to({})).toEqual({ destination: '/topic/rooms' })
    expect(room.match('/topic/rooms/7/a')).toEqual({ roomId: '7', part: 'a' })
    expect(room.match('/topic/rooms/7')).toBeUndefined()
    expect(room.pattern).toBe('/topic/rooms/{roomId}/{part}')
    expect(room.schema).toBe(Posted)
  })

  test('that is malformed is refused where it is named', () => {
    expect(() => destination('topic', Posted)).toThrow(TypeError)
    expect(() => destination('/topic/{a}/{a}', Posted)).toThrow(TypeError)
  })

  test('refuses a value that a segment cannot hold', () => {
    expect(() => room.to({ roomId: 'a/b', part: 'x' })).toThrow(TypeError)
  })
})

describe('its types', () => {
  test('the variables of a pattern, each by its name', () => {
    expectTypeOf<PathParams<'/a/{b}/c/{d}'>>().toEqualTypeOf<
      { readonly b: string } & { readonly d: string }
    >()
    expectTypeOf<PathParams<'/a'>>().toBeUnknown()
    expectTypeOf(room.match('/')).toEqualTypeOf<PathParams<'/topic/rooms/{roomId}/{part}'> | undefined>()
  })

  test('wrong variables are errors', () => {
    // @ts-expect-error `part` is missing
    expect(() => room.to({ roomId: '7' })).toThrow(TypeError)
    // @ts-expect-error a misspelt variable
    expect(() => room.to({ roomID: '7', part: 'a' })).toThrow(TypeError)
    // @ts-expect-error a number is no segment
    expect(room.to({ roomId: 7, part: 'a' }).destination).toBe('/topic/rooms/7/a')
  })

  test('an address holds what the schema takes', () => {
    expectTypeOf(room.to({ roomId: '7', part: 'a' })).toEqualTypeOf<
      Address<{ text: string; at?: number | undefined }>
    >()
  })

  test('a wrong body is an error where it is sent', async () => {
    const messaging = messagingOver(embeddedBroker())
    const to = room.to({ roomId: '7', part: 'a' })
    await messaging.send(to, { text: 'hi' })
    await messaging.send('/topic/by/name', { whatever: true })
    // @ts-expect-error `text` is missing
    await messaging.send(to, { at: 1 })
    // @ts-expect-error `text` is a string
    await messaging.send(to, { text: 1 })
    // @ts-expect-error an address of another body is no address of this one
    const other: Address<{ text: number }> = to
    expect(other).toBe(to)
  })
})

describe('a user destination', () => {
  const errors = userDestination('/queue/{kind}', z.object({ code: z.string() }))

  test('is named without /user, and is an address below it', () => {
    expect(errors.pattern).toBe('/user/queue/{kind}')
    expect(errors.to({ kind: 'errors' })).toEqual({ destination: '/user/queue/errors', ofUser: true })
    expect(errors.match('/user/queue/errors')).toEqual({ kind: 'errors' })
    expect(errors.match('/queue/errors')).toBeUndefined()
    expect(() => errors.to({ kind: 'a/b' })).toThrow(TypeError)
  })

  test('has the type of its messages, and is another thing than the address of everyone', () => {
    const address = errors.to({ kind: 'errors' })
    expectTypeOf(address).toEqualTypeOf<UserAddress<{ code: string }>>()
    expectTypeOf(errors.pattern).toEqualTypeOf<'/user/queue/{kind}'>()
    // @ts-expect-error a misspelt variable
    expect(() => errors.to({ kin: 'errors' })).toThrow(TypeError)
    // @ts-expect-error what one user gets is not what everyone gets
    expectTypeOf(address).toExtend<Address<{ code: string }>>()
    // @ts-expect-error nor the other way round
    expectTypeOf(destination('/topic/x', z.string()).to({})).toExtend<UserAddress<string>>()
  })
})
