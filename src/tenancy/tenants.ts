import {
  type Database,
  DIRECTORY_ROLE,
  EventHead,
  FORGET_KEYS_ALARM,
  type Operation,
  systemSession,
} from '../persistence/index.js'
import { newUuid } from '../platform/ids.js'
import { App, isTenantSlug } from './tenant.js'

/** A tenant can't be made as asked: one sentence that says why. */
export class TenantError extends Error {}

/** Makes a tenant. The operator's act, from the terminal: no caller of the API may. */
export async function createTenant(
  database: Database,
  tenant: { slug: string; name: string },
): Promise<string> {
  if (!isTenantSlug(tenant.slug)) {
    throw new TenantError(
      'A slug has 2 to 40 lower-case letters, digits and hyphens and begins with a letter, e.g. "acme".',
    )
  }
  if (tenant.name.trim() === '' || tenant.name.length > 200)
    throw new TenantError('A name has 1 to 200 characters.')
  const id = newUuid()
  const insert =
    'insert into tenants (id, slug, name, created_at) values ($1, $2, $3, surety_now()) on conflict (slug) do nothing returning id'
  const made = await database.writeClaimed(
    DIRECTORY_ROLE,
    async run =>
      (await run(insert, [id, tenant.slug, tenant.name.trim()])).length > 0 ? systemSession(id) : null,
    async operation => {
      await openBooks(operation)
      return id
    },
  )
  if (made === null) throw new TenantError(`There is a tenant "${tenant.slug}" already.`)
  return id
}

/** A tenant's bookkeeping: where its event sequence begins, and the alarm that forgets old idempotency keys. */
async function openBooks(operation: Operation): Promise<void> {
  const tenantId = operation.session.tenantId
  operation.em.create(EventHead, { tenantId, sequence: 0n })
  operation.setAlarm(FORGET_KEYS_ALARM, tenantId, await operation.now())
}

/** Makes an app known, so that it may call. It sees nothing until a customer authorises it. */
export async function addApp(
  operation: Operation,
  app: {
    clientId: string
    name: string
    contact?: string | null
    scopes?: readonly string[]
    trustedOnly?: boolean
  },
): Promise<App> {
  const now = await operation.now()
  return operation.em.create(App, {
    tenantId: operation.session.tenantId,
    id: newUuid(),
    clientId: app.clientId,
    name: app.name,
    contact: app.contact ?? null,
    scopes: [...(app.scopes ?? [])],
    trustedOnly: app.trustedOnly ?? false,
    createdAt: now,
    updatedAt: now,
  })
}
