import { randomUUID } from 'node:crypto'

/** What was asked for: its shape is in the document that asks, and nowhere else in this house. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any

/** The API answered in another way than was asked for. */
export class ApiError extends Error {}

export interface Answer {
  data: Json
  errors?: { message: string; extensions?: { code?: string } }[]
  extensions?: Record<string, unknown>
}

/** The API as one caller meets it over HTTP. */
export class Api {
  readonly address: string
  readonly token: string

  /** `address` is that of the server, e.g. `http://127.0.0.1:4000`. */
  constructor(address: string, token: string) {
    this.address = address
    this.token = token
  }

  /** Sends a document and gives back everything that came. */
  async send(query: string, variables: object = {}): Promise<Answer> {
    const response = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
    })
    const answer = (await response.json()) as Answer
    const [error] = answer.errors ?? []
    if (error) throw new ApiError(`${error.extensions?.code ?? response.status}: ${error.message}`)
    return answer
  }

  async ask(query: string, variables: object = {}): Promise<Json> {
    return (await this.send(query, variables)).data
  }

  /** A mutation, with a fresh key unless `input` brings one; answers its payload. A refusal is an error here. */
  async change(mutation: string, input: object, selection: string): Promise<Json> {
    return (await this.changed(mutation, input, selection)).payload
  }

  /** The same, and whether it was a repetition of what had been done before. */
  async changed(
    mutation: string,
    input: object,
    selection: string,
  ): Promise<{ payload: Json; replayed: boolean }> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
    const { data, extensions } = await this.send(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code field message } } }`,
      { input: { idempotencyKey: randomUUID(), ...input } },
    )
    const { userErrors, ...payload } = data[mutation]
    if (userErrors.length > 0) throw new ApiError(`${mutation} was refused: ${JSON.stringify(userErrors)}`)
    return { payload, replayed: extensions?.['replayed'] !== undefined }
  }
}

/** How long a new app may be unknown to the token endpoint: its directory is at most half a second old. */
const APP_KNOWN_WITHIN_MS = 2_000

/** A token for an app by its client credentials (RFC 6749, 4.4). */
export async function appToken(
  address: string,
  app: { clientId: string; clientSecret: string },
  purpose: string,
): Promise<string> {
  const end = performance.now() + APP_KNOWN_WITHIN_MS
  for (;;) {
    const response = await fetch(`${address}/oauth/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', purpose }).toString(),
    })
    const body = (await response.json()) as { access_token?: string; error?: string }
    if (body.access_token) return body.access_token
    if (body.error !== 'invalid_client' || performance.now() > end)
      throw new ApiError(`/oauth/token answered ${response.status}: ${JSON.stringify(body)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
