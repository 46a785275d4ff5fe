import { TokenRejected } from './token-rejected.js'

/**
 * Longest token read, in characters. Proxies and Node itself stop at 8 to 16 kB of headers; no honest token comes near,
 * and everything done before the signature is checked is bounded by this.
 */
export const MAX_TOKEN_LENGTH = 8_192

/** Deepest nesting of a header or payload. Identity providers use three or four levels. */
export const MAX_JSON_DEPTH = 16

export type JsonObject = Readonly<Record<string, unknown>>

/** The three parts of a JWS in compact serialisation (RFC 7515, 7.1), still encoded. */
export interface TokenSegments {
  header: string
  payload: string
  signature: string
}

/** Splits a token. @throws TokenRejected when it is no string, too long, or hasn't exactly three parts. */
export function splitToken(token: unknown): TokenSegments {
  if (typeof token !== 'string') throw new TokenRejected('not-a-string')
  if (token.length > MAX_TOKEN_LENGTH) throw new TokenRejected('too-long')
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw new TokenRejected('wrong-segment-count')
  }
  return { header, payload, signature }
}

/**
 * Reads a segment as a JSON object, stricter than `JSON.parse`: canonical base64url, valid UTF-8, no member named twice
 * at any depth (RFC 7515, 4 and RFC 7519, 4 let a reader keep the last one; a reader in front of us may keep the first),
 * and no name that can't be written without an escape.
 *
 * @throws TokenRejected
 */
export function readJsonObject(segment: string): JsonObject {
  const text = decodeUtf8(requireBase64url(segment))
  parseJson(text)
  const value = parseJson(spellNamesPlainly(text))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TokenRejected('not-an-object')
  return value as JsonObject
}

/** As `decodeBase64url`. @throws TokenRejected when the text isn't the one canonical encoding of its bytes, or is empty. */
export function requireBase64url(text: string): Buffer {
  const bytes = decodeBase64url(text)
  if (!bytes) throw new TokenRejected('non-canonical-base64url')
  return bytes
}

/**
 * Decodes base64url without padding (RFC 7515, 2), or answers undefined when `text` is empty or isn't the encoding that
 * its bytes would be given. Node's decoder skips foreign characters, takes `+/=` as well and drops left-over bits, so
 * that one signature would have many spellings.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined
}

// `fatal`: never read replacement characters into a claim. `ignoreBOM` keeps a byte order mark, which JSON refuses.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new TokenRejected('invalid-utf8')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TokenRejected('invalid-json')
  }
}

/**
 * What matters to members' names in a text already known to be JSON: brackets, and strings. A string with a colon behind
 * it is always a name; strings are matched whole so that brackets inside them don't count.
 */
const BRACKET_OR_STRING = /[{}[\]]|("(?:[^"\\]|\\.)*")([ \t\r\n]*:)?/g

/**
 * The same JSON with every name spelled without escapes, after which `JSON.parse` can be trusted with it: V8 13 and 14
 * now and then read an escaped name as another one that they saw before (https://github.com/nodejs/node/issues/63785).
 * PHP writes `"https:\/\/..."`, so escapes as such can't be refused. What still needs one (quotes, backslashes, control
 * characters, lone surrogates) is no claim's name.
 */
function spellNamesPlainly(json: string): string {
  const open: Set<string>[] = []
  return json.replace(BRACKET_OR_STRING, (token, string?: string, colon?: string) => {
    if (token === '{' || token === '[') {
      if (open.push(new Set()) > MAX_JSON_DEPTH) throw new TokenRejected('json-too-deep')
    } else if (token === '}' || token === ']') {
      open.pop()
    } else if (string !== undefined && colon !== undefined) {
      return `${plainName(string, open.at(-1))}${colon}`
    }
    return token
  })
}

/** Names are compared unescaped: `"iss"` and `"\u0069ss"` are one. */
function plainName(string: string, siblings = new Set<string>()): string {
  const plain = JSON.stringify(JSON.parse(string))
  if (plain.includes('\\')) throw new TokenRejected('invalid-member-name')
  if (siblings.has(plain)) throw new TokenRejected('duplicate-member')
  siblings.add(plain)
  return plain
}
