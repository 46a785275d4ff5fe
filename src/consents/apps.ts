import { randomBytes } from 'node:crypto'
import { LockMode } from '@mikro-orm/postgresql'
import type { Operation } from '../persistence/index.js'
import { refuse } from '../platform/failure.js'
import { newUuid, uuidOf } from '../platform/ids.js'
import { addApp, App, APP_ID, AppSecret, checkRevision, checkText, secretHashOf } from '../tenancy/index.js'

/** Random bytes of a client id: told to nobody by guessing, and so no oracle of what other tenants have. */
const CLIENT_ID_BYTES = 16
/** Random bytes of a secret. 256 bits: nobody guesses it, however fast it's hashed. */
const SECRET_BYTES = 32
/** Most scopes of one app: more than the permission table has. */
const MAX_SCOPES = 100

export interface AppTarget {
  appId: string
  expectedRevision?: number | null
}

/** An app and the secret it has just got, which is kept nowhere: only its hash is. */
export interface AppWithSecret {
  app: App
  secret: string
}

/** Makes a third party's app known, with a client id and a first secret. It sees nothing until a customer authorises it. */
export async function registerApp(
  operation: Operation,
  input: { name: string; contact: string; scopes: string[]; trustedOnly?: boolean | null },
  isAppScope: (scope: string) => boolean,
): Promise<AppWithSecret> {
  const app = await addApp(operation, {
    clientId: randomBytes(CLIENT_ID_BYTES).toString('hex'),
    name: checkText(input.name, ['input', 'name'], { max: 200 }),
    contact: checkText(input.contact, ['input', 'contact'], { max: 320 }),
    scopes: scopesOf(input.scopes, isAppScope),
    trustedOnly: input.trustedOnly ?? false,
  })
  await operation.em.flush()
  return { app, secret: await newSecret(operation, app) }
}

/** A new secret; the old one is good for nothing any more. Tokens it got stay good until they expire or are revoked. */
export async function rotateSecret(operation: Operation, input: AppTarget): Promise<AppWithSecret> {
  const app = await findApp(operation, input)
  if (app.disabledAt != null)
    throw refuse('INVALID_STATE', { field: ['input', 'appId'], messageKey: 'APP_DISABLED' })
  const now = await operation.now()
  const standing = await operation.em.find(AppSecret, {
    tenantId: app.tenantId,
    appId: app.id,
    endedAt: null,
  })
  for (const secret of standing) secret.endedAt = now
  app.updatedAt = now
  return { app, secret: await newSecret(operation, app) }
}

export async function disableApp(operation: Operation, input: AppTarget): Promise<App> {
  const app = await findApp(operation, input)
  app.disable(await operation.now())
  return app
}

/** From the next request on it may send only published documents, or any again. */
export async function setTrustedOnly(
  operation: Operation,
  input: AppTarget & { trustedOnly: boolean },
): Promise<App> {
  const app = await findApp(operation, input)
  app.trustOnly(input.trustedOnly, await operation.now())
  return app
}

async function findApp(operation: Operation, target: AppTarget): Promise<App> {
  const id = uuidOf(APP_ID, target.appId)
  const where = { tenantId: operation.session.tenantId, id: id ?? '' }
  const app = id && (await operation.em.findOne(App, where, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!app) throw refuse('NOT_FOUND', { field: ['input', 'appId'] })
  checkRevision(app, target.expectedRevision)
  return app
}

async function newSecret(operation: Operation, app: App): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  operation.em.create(AppSecret, {
    tenantId: app.tenantId,
    id: newUuid(),
    appId: app.id,
    secretHash: secretHashOf(secret),
    createdAt: await operation.now(),
  })
  return secret
}

function scopesOf(scopes: readonly string[], isAppScope: (scope: string) => boolean): string[] {
  const field = ['input', 'scopes']
  if (scopes.length === 0) throw refuse('REQUIRED', { field })
  if (scopes.length > MAX_SCOPES) throw refuse('TOO_MANY', { field, params: { max: MAX_SCOPES } })
  if (!scopes.every(isAppScope)) throw refuse('INVALID', { field, messageKey: 'NO_APP_SCOPE' })
  return [...new Set(scopes)]
}
