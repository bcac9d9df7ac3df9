import { describe, expect, it } from 'vitest'
import { Passwords, newPassword } from './passwords.js'

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted })
const passwords = (options: Partial<ConstructorParameters<typeof Passwords>[0]> = {}): Passwords =>
  new Passwords({ costLog2: 4, atOnce: 2, waiting: 2, ...options })

describe('newPassword', () => {
  it('has from 8 to 200 code points', () => {
    expect(newPassword('😀'.repeat(8), '민지')).toBe('😀'.repeat(8))
    expect(newPassword('x'.repeat(200), '민지')).toHaveLength(200)
    expect(() => newPassword('😀'.repeat(7), '민지')).toThrow(code('password-too-short'))
    expect(() => newPassword('x'.repeat(201), '민지')).toThrow(code('password-too-long'))
  })

  it('is not the name, however it is written', () => {
    expect(() => newPassword('Minji Kim', 'minji  kim')).toThrow(code('password-is-name'))
  })
})

describe('Passwords', () => {
  it('know the right password from another, on every keyboard', async () => {
    const hash = await passwords().hash('비밀번호 비밀번호')
    expect(hash).toMatch(/^scrypt\$4\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
    expect(await passwords().isRight('비밀번호 비밀번호'.normalize('NFD'), hash)).toBe(true)
    expect(await passwords().isRight('비밀번호 비밀번흐', hash)).toBe(false)
  })

  it('salt each hash, and check those of another cost', async () => {
    const cheap = await passwords().hash('correct horse')
    expect(await passwords().hash('correct horse')).not.toBe(cheap)
    expect(await passwords({ costLog2: 5 }).isRight('correct horse', cheap)).toBe(true)
  })

  it('hash as much where there is no account, and say no', async () => {
    const all = passwords()
    expect(await all.isRight('correct horse', undefined)).toBe(false)
    expect(await all.isRight('', undefined)).toBe(false)
  })

  it('hash as many at once as they may, let as many wait, and refuse the rest', async () => {
    const all = passwords({ atOnce: 1, waiting: 2 })
    const asked = await Promise.allSettled([1, 2, 3, 4].map(() => all.hash('correct horse')))
    expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(asked[3]).toMatchObject({ reason: { code: 'too-many-requests' } })
    await expect(all.hash('correct horse')).resolves.toContain('scrypt')
  })
})
