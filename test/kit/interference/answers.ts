import type { Caller } from '../world.js'
import type { Names } from './names.js'

/** Headers that say when and how, and which request; that they are there is compared, what they say isn't. */
const PASSING_HEADERS = ['date', 'request-id']

/** All that came back for one request. */
export interface Answer {
  requestId: string
  status: number
  headers: Record<string, string>
  body: object
}

/** Sends a document to the world of a caller. */
export async function post(
  caller: Caller,
  query: string,
  variables: string,
  language: string,
): Promise<Answer> {
  const response = await fetch(`${caller.world.address}/graphql`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${caller.token}` },
      'accept-language': language,
    },
    body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
  })
  return {
    requestId: response.headers.get('request-id') ?? '',
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: (await response.json()) as object,
  }
}

/** Everything of an answer as one text, in the words of its world. */
export function print({ status, headers, body }: Answer, names: Names): string {
  const told = Object.entries(headers).map(([name, value]) =>
    PASSING_HEADERS.includes(name) ? name : `${name}: ${value}`,
  )
  return [status, ...told, JSON.stringify(names.normal(body))].join('\n')
}

/** What surrounds the first byte that differs. */
export function apart(here: string, there: string): { quiet: string; noisy: string } {
  let at = 0
  while (here[at] === there[at]) at += 1
  const excerpt = (text: string): string => text.slice(Math.max(0, at - 300), at + 300)
  return { quiet: excerpt(here), noisy: excerpt(there) }
}
