import { defineEntity, p, type TriggerDef } from '@mikro-orm/postgresql'
import { acrossTenants, bookkeeping, DIRECTORY_ROLE, staffOnly } from '../persistence/index.js'

/** Every change of a directory table raises the directory's version, so that processes look again. Before the rows change: they are noted under it. */
const directoryChanged: TriggerDef = {
  name: 'directory_changed',
  timing: 'before',
  events: ['insert', 'update', 'delete'],
  forEach: 'statement',
  body: 'update directory_state set version = version + 1; return null;',
}

/** What a process keeps in memory of a tenant, in parts that are read again by themselves. */
export const DIRECTORY_PARTS = ['tenants', 'issuers', 'apps', 'revocations'] as const
export type DirectoryPart = (typeof DIRECTORY_PARTS)[number]

/** Notes whose part of the directory changed, so that processes read that again and nothing else. */
const directoryNoted = (part: DirectoryPart, tenant = 'tenant_id'): TriggerDef => ({
  name: 'directory_noted',
  timing: 'after',
  events: ['insert', 'update', 'delete'],
  forEach: 'row',
  body: `insert into directory_changes (tenant_id, part, version) select coalesce(new.${tenant}, old.${tenant}), '${part}', version from directory_state on conflict (tenant_id, part) do update set version = excluded.version; return null;`,
})

/** A provider's organisation: the outermost wall. Its id is the tenant id of every row beneath it. */
const tenantWalls = bookkeeping({ tenant: 'id' })
const TenantSchema = defineEntity({
  name: 'Tenant',
  tableName: 'tenants',
  properties: {
    id: p.uuid().primary(),
    /** Short name in tokens and commands: `demo`. */
    slug: p.string().length(40),
    name: p.string().length(200),
    createdAt: p.datetime(3),
  },
  uniques: [{ name: 'tenants_slug_key', properties: ['slug'] }],
  triggers: [directoryChanged, directoryNoted('tenants', 'id')],
  rowLevelSecurity: tenantWalls.rowLevelSecurity,
  policies: [...tenantWalls.policies, acrossTenants(DIRECTORY_ROLE)],
})
export class Tenant extends TenantSchema.class {}
TenantSchema.setClass(Tenant)

/** Slugs go into command lines and file names: 2 to 40 lower-case letters, digits and hyphens. */
export const isTenantSlug = (slug: string): boolean => /^[a-z][a-z0-9-]{1,39}$/.test(slug)

function directoryTable(
  part: DirectoryPart,
  walls: ReturnType<typeof staffOnly>,
): typeof walls & { triggers: TriggerDef[] } {
  const { rowLevelSecurity, policies } = walls
  return {
    triggers: [directoryChanged, directoryNoted(part)],
    rowLevelSecurity,
    policies: [...policies, acrossTenants(DIRECTORY_ROLE)],
  }
}

/** Who may vouch for a tenant's callers: the tenant's own identity provider, known by its `iss` and its public keys. */
const IssuerSchema = defineEntity({
  name: 'Issuer',
  tableName: 'issuers',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    issuer: p.string().length(500),
    audience: p.string().length(500),
    /** Public keys only, as a JWK set (RFC 7517). */
    jwks: p.json<{ keys: Record<string, unknown>[] }>(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    disabledAt: p.datetime(3).nullable(),
    revision: p.integer().version(),
    /** Where the keys are fetched from; null where an ADMIN gave them. */
    jwksUri: p.string().length(500).nullable(),
    /** When `jwks` was last fetched, as far as that was written down. */
    keysFetchedAt: p.datetime(3).nullable(),
  },
  // Across tenants on purpose: a token names its issuer before anyone knows the tenant, so one issuer vouches for one tenant.
  uniques: [{ name: 'issuers_issuer_key', properties: ['issuer'] }],
  indexes: [
    { name: 'issuers_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'issuers_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
  ],
  ...directoryTable('issuers', staffOnly()),
})
export class Issuer extends IssuerSchema.class {}
IssuerSchema.setClass(Issuer)

/** A third party's app (第三方). It sees nothing until a customer authorises it. */
const AppSchema = defineEntity({
  name: 'App',
  tableName: 'apps',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    clientId: p.string().length(64),
    name: p.string().length(200),
    /** Where its operator is reached: an organisation's address, told to whoever is asked for consent (PIPL art. 23). */
    contact: p.string().length(320).nullable(),
    /** What its tokens may be for, `noun:verb`. */
    scopes: p.json<string[]>(),
    /** It sends no document but those that were published for it or its tenant. */
    trustedOnly: p.boolean(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    disabledAt: p.datetime(3).nullable(),
    revision: p.integer().version(),
  },
  // Across tenants on purpose: a client id is what an app says before its tenant is known.
  uniques: [{ name: 'apps_client_id_key', properties: ['clientId'] }],
  indexes: [
    { name: 'apps_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'apps_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
  ],
  ...directoryTable('apps', staffOnly({ app: 'id' })),
})
export class App extends AppSchema.class {
  /** From now on it gets no token, and those it has are good for nothing. Safe to repeat. */
  disable(now: Date): void {
    this.disabledAt ??= now
    this.updatedAt = now
  }

  /** Whether from now on it may send only what was published. */
  trustOnly(published: boolean, now: Date): void {
    this.trustedOnly = published
    this.updatedAt = now
  }
}
AppSchema.setClass(App)

/**
 * What an app proves itself by at `/oauth/token`: the SHA-256 of its secret. The secret is 256 random bits, which nobody
 * guesses, so a slow hash (scrypt) would slow nobody but us, and lend a lever to whoever floods the endpoint. In a table of
 * its own, since an app may read its own row of apps.
 */
const AppSecretSchema = defineEntity({
  name: 'AppSecret',
  tableName: 'app_secrets',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    appId: p.uuid(),
    /** In hex. */
    secretHash: p.string().length(64),
    createdAt: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'app_secrets_app_idx', properties: ['tenantId', 'appId'] }],
  ...directoryTable('apps', staffOnly()),
})
export class AppSecret extends AppSecretSchema.class {}
AppSecretSchema.setClass(AppSecret)

/** A token that is no longer good, by its `jti`, until it would have expired anyway. */
const TokenRevocationSchema = defineEntity({
  name: 'TokenRevocation',
  tableName: 'token_revocations',
  properties: {
    tenantId: p.uuid().primary(),
    issuer: p.string().length(500).primary(),
    jti: p.string().length(255).primary(),
    revokedAt: p.datetime(3),
    expiresAt: p.datetime(3),
  },
  ...directoryTable('revocations', staffOnly()),
})
export class TokenRevocation extends TokenRevocationSchema.class {}
TokenRevocationSchema.setClass(TokenRevocation)

/** Surety's own ES256 keys. The private half is sealed under the master key; the deployment's, not any tenant's. */
const SigningKeySchema = defineEntity({
  name: 'SigningKeyRow',
  tableName: 'signing_keys',
  properties: {
    /** RFC 7638 thumbprint. */
    kid: p.string().length(64).primary(),
    sealedPrivateKey: p.text(),
    createdAt: p.datetime(3),
    /** Until then it verifies; null while no other key has taken its place. */
    retiredAt: p.datetime(3).nullable(),
    /** From then on it signs, having been published meanwhile; null for the first one, which had nobody to wait for. */
    signsFrom: p.datetime(3).nullable(),
  },
  triggers: [directoryChanged],
  rowLevelSecurity: 'force',
  policies: [acrossTenants(DIRECTORY_ROLE)],
})
export class SigningKeyRow extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKeyRow)

/** One row whose number rises with every change of the directory, so that a process knows in one look whether to read it again. */
export const DirectoryState = defineEntity({
  name: 'DirectoryState',
  tableName: 'directory_state',
  properties: { id: p.smallint().primary().autoincrement(false), version: p.bigint() },
})

const changesWalls = bookkeeping()
/** At which version which part of which tenant's directory last changed. */
export const DirectoryChange = defineEntity({
  name: 'DirectoryChange',
  tableName: 'directory_changes',
  properties: {
    tenantId: p.uuid().primary(),
    part: p.string().length(20).primary(),
    version: p.bigint(),
  },
  indexes: [{ name: 'directory_changes_version_idx', properties: ['version'] }],
  rowLevelSecurity: changesWalls.rowLevelSecurity,
  policies: [...changesWalls.policies, acrossTenants(DIRECTORY_ROLE)],
})

/** Who a subject of a tenant's own issuer is here: an ADMIN maps it, since the tenant's identity provider won't mint our claims. */
const CallerMappingSchema = defineEntity({
  name: 'CallerMapping',
  tableName: 'caller_mappings',
  properties: {
    tenantId: p.uuid().primary(),
    id: p.uuid().primary(),
    issuerId: p.uuid(),
    subject: p.string().length(255),
    kind: p.string().length(10),
    customerId: p.uuid().nullable(),
    roles: p.json<string[]>(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    revision: p.integer().version(),
    /** Since when the subject is nobody here; null while it is somebody. */
    endedAt: p.datetime(3).nullable(),
  },
  uniques: [{ name: 'caller_mappings_subject_key', properties: ['tenantId', 'issuerId', 'subject'] }],
  indexes: [
    { name: 'caller_mappings_customer_idx', properties: ['tenantId', 'customerId'] },
    { name: 'caller_mappings_created_idx', properties: ['tenantId', 'createdAt', 'id'] },
    { name: 'caller_mappings_updated_idx', properties: ['tenantId', 'updatedAt', 'id'] },
  ],
  // Not read into the directory; but whose rights it changes must be asked again, wherever they are connected.
  triggers: [directoryChanged],
  ...staffOnly(),
})
export class CallerMapping extends CallerMappingSchema.class {}
CallerMappingSchema.setClass(CallerMapping)

export const tenantEntities = [
  Tenant,
  Issuer,
  App,
  AppSecret,
  TokenRevocation,
  SigningKeyRow,
  DirectoryState,
  DirectoryChange,
  CallerMapping,
]
