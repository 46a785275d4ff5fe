import { DEMO_APP, DEMO_APP_SCOPES, DEMO_CUSTOMER } from './demo.js'
import type { Foundations } from './main.js'
import { issueToken } from './token.js'

/** What a newcomer needs next: an address, a token for each kind of caller, a first query with its real answer, and events. */
export async function greeting(base: Foundations, address: string, isBreachAhead: boolean): Promise<string> {
  const view = await base.directory.look()
  if (!view.tenantBySlug('demo')) return `Surety listens at ${address}/graphql`
  const tokens = await tokensOfDemo(base)
  const [token = ''] = Object.values(tokens)
  const first = '{ agreements(first: 1) { nodes { number state endsOn customer { name } } } }'
  const answer = await ask(address, token, first)
  const { data } = JSON.parse(await ask(address, token, '{ eventCursor }')) as {
    data: { eventCursor: string }
  }
  return [
    `Surety listens at ${address}/graphql\n\nTokens of the tenant demo, good for a day:`,
    ...Object.entries(tokens).map(([who, each]) => `${who}\n${each}`),
    'A first query:',
    `curl -s ${address}/graphql -H 'content-type: application/json' \\\n  -H 'authorization: Bearer ${token}' \\\n  -d '${JSON.stringify({ query: first })}'`,
    'Its answer:',
    answer,
    watching(base, address, isBreachAhead ? data.eventCursor : null),
  ].join('\n\n')
}

async function tokensOfDemo(base: Foundations): Promise<Record<string, string>> {
  const day = { tenant: 'demo', ttl: 24 * 60 * 60 }
  const reads = ['viewer:read', 'node:read', 'agreement:read', 'customer:read']
  return {
    'staff (ADMIN)': await issueToken(base, { ...day, role: ['ADMIN'] }),
    [`customer (SIGNATORY of ${DEMO_CUSTOMER})`]: await issueToken(base, {
      ...day,
      customer: DEMO_CUSTOMER,
      role: ['SIGNATORY'],
    }),
    [`app (sees what ${DEMO_CUSTOMER} authorised, and nothing else)`]: await issueToken(base, {
      ...day,
      app: DEMO_APP,
      purpose: 'SUPPORT_PORTAL',
      scope: [...DEMO_APP_SCOPES],
    }),
    'service (reads agreements)': await issueToken(base, { ...day, service: 'erp', scope: reads }),
  }
}

async function ask(address: string, token: string, query: string): Promise<string> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  return (await response.text()).trim()
}

/** From a cursor, so that the breach of the demo is shown however late somebody pastes it. */
function watching(base: Foundations, address: string, cursor: string | null): string {
  const url = address === base.directory.ownIssuer ? '' : ` --url ${address}`
  const command = `npm run -s surety -- watch --tenant demo${url}`
  return cursor === null
    ? `What happens, as it happens, in another terminal:\n\n${command}\n`
    : `A breach is due half a minute after this start. To see it come, in another terminal:\n\n${command} --breaches --after ${cursor}\n`
}
