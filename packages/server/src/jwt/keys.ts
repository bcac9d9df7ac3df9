import type { JWTVerifyGetKey, JSONWebKeySet, JWK } from 'jose'
import { createLocalJWKSet, createRemoteJWKSet } from 'jose'
import type { JsonWebKey, webcrypto } from 'node:crypto'
import { KeyObject, createPublicKey, createSecretKey } from 'node:crypto'

/** What signatures are checked with: exactly one of these. */
export interface JwtKeys {
  /** Shared with whoever makes the tokens: 32 bytes or more for HS256, 48 for HS384, 64 for HS512. */
  readonly secret?: string | Uint8Array
  /** The public key of whoever makes the tokens: PEM, JWK, or as Node or Web Crypto hold it. */
  readonly key?: string | JWK | KeyObject | webcrypto.CryptoKey
  /** Where the public keys are found, over HTTPS (fetched when needed, and kept), or the set itself. */
  readonly jwks?: string | URL | JSONWebKeySet
}

/** A key, and the algorithms that belong to it: no other is ever tried with it. */
export interface CheckedKey {
  readonly key: KeyObject | JWTVerifyGetKey
  readonly algorithms: readonly string[]
}

const HMAC_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}
const ED25519 = ['Ed25519', 'EdDSA']
const PUBLIC = [...RSA, ...Object.values(CURVES), ...ED25519]

/**
 * The family of algorithms follows from the kind of key and never from the token, which anybody can write: so a token signed
 * by HMAC with a public key is none, and neither is one that is not signed.
 *
 * @throws TypeError naming what is wrong
 */
export function checkedKey({ secret, key, jwks }: JwtKeys, algorithms?: readonly string[]): CheckedKey {
  const given = [secret, key, jwks].filter((one) => one !== undefined)
  if (given.length !== 1) throw new TypeError('jwtAuthenticator needs one of secret, key and jwks')
  if (secret !== undefined) return ofSecret(secret, algorithms ?? ['HS256'])
  if (key !== undefined) {
    const object = publicKey(key)
    const possible = algorithmsOf(object)
    return { key: object, algorithms: among(algorithms ?? possible, possible, 'this key') }
  }
  return { key: keySet(jwks!), algorithms: among(algorithms ?? PUBLIC, PUBLIC, 'jwks') }
}

function ofSecret(secret: string | Uint8Array, algorithms: readonly string[]): CheckedKey {
  among(algorithms, Object.keys(HMAC_BYTES), 'a secret')
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret
  for (const name of algorithms) {
    if (bytes.length < HMAC_BYTES[name]!) {
      // RFC 7518 section 3.2
      throw new TypeError(`The secret for ${name} has to be of ${HMAC_BYTES[name]} bytes or more`)
    }
  }
  return { key: createSecretKey(bytes), algorithms }
}

function publicKey(key: NonNullable<JwtKeys['key']>): KeyObject {
  if (typeof key === 'string') return createPublicKey(key)
  const object =
    key instanceof KeyObject
      ? key
      : isJwk(key)
        ? createPublicKey({ key: key as JsonWebKey, format: 'jwk' })
        : KeyObject.from(key)
  if (object.type === 'secret') throw new TypeError('key has to be a public key; a shared one is the secret')
  return object.type === 'private' ? createPublicKey(object) : object
}

function isJwk(key: object): key is JWK {
  return 'kty' in key
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  if (asymmetricKeyType === 'rsa') return RSA
  if (asymmetricKeyType === 'rsa-pss') return RSA.filter((name) => name.startsWith('PS'))
  if (asymmetricKeyType === 'ed25519') return ED25519
  const curve = CURVES[asymmetricKeyDetails?.namedCurve ?? '']
  if (curve !== undefined) return [curve]
  throw new TypeError(`No algorithm of tokens has keys of the kind ${asymmetricKeyType}`)
}

function keySet(jwks: string | URL | JSONWebKeySet): JWTVerifyGetKey {
  if (typeof jwks === 'object' && !(jwks instanceof URL)) return createLocalJWKSet(jwks)
  const url = new URL(jwks)
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !local)
    throw new TypeError(`jwks has to be fetched over HTTPS, not ${url.protocol}`)
  return createRemoteJWKSet(url)
}

function among(asked: readonly string[], possible: readonly string[], of: string): readonly string[] {
  const wrong = asked.filter((name) => !possible.includes(name))
  if (asked.length > 0 && wrong.length === 0) return asked
  throw new TypeError(
    `algorithms for ${of} can be ${possible.join(', ')}, not ${wrong.join(', ') || 'none at all'}`,
  )
}
