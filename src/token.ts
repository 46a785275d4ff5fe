import type { Foundations } from './main.js'
import { statement, systemSession } from './persistence/index.js'
import { type Purpose, signToken } from './tenancy/index.js'

/** The token that is wished for can't be: one sentence that says why. */
export class TokenWishError extends Error {}

export interface TokenWish {
  tenant: string
  role?: string[]
  customer?: string
  app?: string
  service?: string
  scope?: string[]
  purpose?: Purpose
  subject?: string
  ttl: number
}

const customerByNumber = statement(
  'customer_by_number',
  'select id from customers where tenant_id = $1 and number = $2',
)
const appByClientId = statement(
  'app_by_client_id',
  'select id from apps where tenant_id = $1 and client_id = $2',
)

/** A token of Surety's own, for the operator who holds the database and the master key. */
export async function issueToken(base: Foundations, wish: TokenWish): Promise<string> {
  const key = await base.directory.signingKey()
  const tenant = (await base.directory.look()).tenantBySlug(wish.tenant)
  if (!tenant)
    throw new TokenWishError(`There is no tenant "${wish.tenant}": "surety tenant create" makes one.`)
  const claims = { tenant: tenant.id, ...(await claimsOf(base, tenant.id, wish)) }
  const issuer = base.directory.ownIssuer
  try {
    return signToken(claims as never, key, {
      issuer,
      audience: issuer,
      now: new Date(),
      ttlSeconds: wish.ttl,
    })
  } catch (error) {
    throw new TokenWishError(
      `Such a token isn't good for anything: ${(error as Error).message.replace(/^.*: /, '').replaceAll('-', ' ')}. See surety token --help.`,
    )
  }
}

async function claimsOf(base: Foundations, tenantId: string, wish: TokenWish): Promise<object> {
  const scope = (wish.scope ?? [])
    .flatMap(each => each.split(/[\s,]+/))
    .filter(Boolean)
    .join(' ')
  const customer =
    wish.customer === undefined
      ? undefined
      : await find(base, tenantId, customerByNumber, wish.customer, 'customer')
  if (wish.app !== undefined) {
    const clientId = await find(base, tenantId, appByClientId, wish.app, 'app')
    return {
      kind: 'app',
      sub: wish.subject ?? wish.app,
      client_id: clientId,
      scope,
      ...(wish.purpose ? { purpose: wish.purpose } : {}),
    }
  }
  if (wish.service !== undefined)
    return { kind: 'service', sub: wish.subject ?? wish.service, scope, ...(customer ? { customer } : {}) }
  const roles = (wish.role ?? []).map(role => role.toUpperCase())
  if (customer)
    return {
      kind: 'customer',
      sub: wish.subject ?? `${wish.customer} ${roles.join(' ')}`,
      customer,
      roles: roles.length > 0 ? roles : ['MEMBER'],
    }
  if (roles.length === 0)
    throw new TokenWishError('Say whose token it is: --role, --customer, --app or --service.')
  return { kind: 'staff', sub: wish.subject ?? roles.join(' '), roles }
}

async function find(
  base: Foundations,
  tenantId: string,
  query: typeof customerByNumber,
  value: string,
  what: string,
): Promise<string> {
  const reads = base.database.read(systemSession(tenantId))
  try {
    const [row] = await reads.rows<{ id: string }>(query, [tenantId, value])
    if (!row) throw new TokenWishError(`The tenant has no ${what} "${value}".`)
    return row.id
  } finally {
    reads.close()
  }
}
