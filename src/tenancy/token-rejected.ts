/** The claims Surety looks at, as they're named in a rejection's reason (`client_id` is `client-id` there). */
export type ClaimName =
  | 'iss'
  | 'sub'
  | 'aud'
  | 'exp'
  | 'iat'
  | 'nbf'
  | 'jti'
  | 'tenant'
  | 'kind'
  | 'roles'
  | 'customer'
  | 'client-id'
  | 'scope'
  | 'purpose'
  | 'act'
  | 'subject-issuer'
  | 'subject-jti'

/** A claim is not there, has the wrong type or value, or has no business in a token of this kind. */
export type ClaimReason = `missing-${ClaimName}` | `invalid-${ClaimName}` | `unexpected-${ClaimName}`

/** Stable reasons of a refusal, in the order in which they're looked for. */
export type RejectionReason =
  // the text
  | 'not-a-string'
  | 'too-long'
  | 'wrong-segment-count'
  | 'non-canonical-base64url'
  | 'invalid-utf8'
  | 'invalid-json'
  | 'json-too-deep'
  | 'invalid-member-name'
  | 'duplicate-member'
  | 'not-an-object'
  // the header
  | 'algorithm-refused'
  | 'critical-header'
  | 'unencoded-payload'
  | 'key-in-header'
  | 'missing-kid'
  | 'wrong-type'
  // the issuer and its key
  | 'unknown-issuer'
  | 'issuer-without-tenant'
  | 'unknown-key'
  | 'algorithm-mismatch'
  | 'unfit-key'
  | 'bad-signature'
  // the claims
  | ClaimReason
  | 'wrong-audience'
  | 'foreign-tenant'
  | 'issued-in-future'
  | 'expires-before-issue'
  | 'lifetime-too-long'
  | 'not-yet-valid'
  | 'expired'

/**
 * A token was refused. `reason` is for logs, metrics and tests and is never sent to the client: it would tell a forger
 * which check to work on next. Neither it nor `message` holds anything out of the token.
 */
export class TokenRejected extends Error {
  override readonly name = 'TokenRejected'

  constructor(readonly reason: RejectionReason) {
    super('The access token was not accepted.')
  }
}
