import { TenantFeed } from '../../../src/events/tenant-feed.js'
import { ReadTransaction, type Statement } from '../../../src/persistence/index.js'
import { Request } from '../../../src/tenancy/index.js'
import type { World } from '../world.js'

/** Things broken on purpose, to see that the fuzz would see it. Each is mended again when its work is done. */

/** Takes one policy off a table. */
export async function withoutPolicy<T>(
  world: World,
  table: string,
  policy: string,
  work: () => Promise<T>,
): Promise<T> {
  const [found] = await world.sqlAsSuperuser<{ restoring: string }>(
    `select format('create policy %I on %I as %s for %s to %s using (%s) with check (%s)',
       policyname, tablename, permissive, cmd, array_to_string(roles, ', '), qual, with_check) as restoring
     from pg_policies where schemaname = 'public' and tablename = $1 and policyname = $2`,
    [table, policy],
  )
  if (!found) throw new Error(`${table} has no policy ${policy}`)
  await world.sqlAsSuperuser(`drop policy ${policy} on ${table}`)
  try {
    return await work()
  } finally {
    await world.sqlAsSuperuser(found.restoring)
  }
}

/** Takes a right of the app's role away. */
export async function withoutGrant<T>(world: World, right: string, work: () => Promise<T>): Promise<T> {
  await world.sqlAsSuperuser(`revoke ${right} from surety_app`)
  try {
    return await work()
  } finally {
    await world.sqlAsSuperuser(`grant ${right.replace(' from ', ' to ')} to surety_app`)
  }
}

/** Makes the statements that `chosen` picks forget their tenant: `tenant_id = $1` holds for every row. */
export async function withForgetfulStatements<T>(
  chosen: (statement: Statement) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = ReadTransaction.prototype
  ReadTransaction.prototype.rows = function forgetful<Row extends object>(
    this: ReadTransaction,
    query: Statement,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    const text = query.text.replace(/\btenant_id = (\$\d+)/, '$1::uuid is not null')
    const sent = chosen(query) ? { ...query, name: `${query.name}_forgetful`.slice(-60), text } : query
    return rows.call(this, sent, values) as Promise<Row[]>
  }
  try {
    return await work()
  } finally {
    ReadTransaction.prototype.rows = rows
  }
}

/** Makes the gate ask no person: whatever the customer authorised is open, of people as well. */
export async function withoutAskingPersons<T>(work: () => Promise<T>): Promise<T> {
  const { closuresOf } = Request.prototype
  Request.prototype.closuresOf = async (_category, personIds) => personIds.map(() => null)
  try {
    return await work()
  } finally {
    Request.prototype.closuresOf = closuresOf
  }
}

/** Makes every stream of a tenant read what the first of them may see: one delivery for all, whoever they are. */
export async function withSharedDeliveries<T>(work: () => Promise<T>): Promise<T> {
  const { deliver } = TenantFeed.prototype
  const firsts = new Map<TenantFeed, Parameters<typeof deliver>[0]>()
  TenantFeed.prototype.deliver = function shared(request, ask) {
    const first = firsts.get(this) ?? request
    firsts.set(this, first)
    return deliver.call(this, first, ask)
  }
  try {
    return await work()
  } finally {
    TenantFeed.prototype.deliver = deliver
  }
}
