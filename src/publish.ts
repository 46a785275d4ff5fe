import { readFileSync } from 'node:fs'
import type { Foundations } from './main.js'
import { Operator } from './operator.js'
import { ConfigError } from './platform/config.js'
import { publicId, uuidOf } from './platform/ids.js'
import { buildSchema } from './rooms.js'
import { APP_ID, type DirectoryTenant } from './tenancy/index.js'

interface PublishWish {
  /** Client id of an app, or its id in the API. */
  app?: string
  /** Whose documents they are when they are of no app; beside an app it may only agree. */
  tenant?: string
}

interface Answer {
  trustedDocumentsPublish: {
    published: number | null
    unchanged: number | null
    userErrors: { message: string }[]
  }
}

/** Publishes a manifest from the terminal, as an ADMIN would. Answers a sentence; throws one for the operator. */
export async function publishManifest(base: Foundations, file: string, wish: PublishWish): Promise<string> {
  const manifest = readManifestFile(file)
  const { tenant, appId } = await whose(base, wish)
  const { trustedDocumentsPublish } = await new Operator(buildSchema(), base).run<Answer>(
    { tenant, subject: 'surety documents publish' },
    `mutation ($input: TrustedDocumentsPublishInput!) {
       trustedDocumentsPublish(input: $input) { published unchanged userErrors { message } } }`,
    { input: { idempotencyKey: crypto.randomUUID(), manifest, ...(appId ? { appId } : {}) } },
  )
  const { published, unchanged, userErrors } = trustedDocumentsPublish
  if (userErrors.length > 0)
    throw new ConfigError(
      [`${file}: nothing is published.`, ...userErrors.map(each => each.message)].join('\n'),
    )
  return `${file}: ${published} published, ${unchanged} there already.`
}

async function whose(
  base: Foundations,
  wish: PublishWish,
): Promise<{ tenant: DirectoryTenant; appId: string | null }> {
  const directory = await base.directory.look()
  if (wish.app === undefined) {
    if (wish.tenant === undefined)
      throw new ConfigError('Say whose documents they are: --app, or --tenant for everybody of a tenant.')
    return { tenant: tenantBySlug(directory, wish.tenant), appId: null }
  }
  const app = directory.appByClientId(wish.app) ?? directory.app(uuidOf(APP_ID, wish.app) ?? '')
  const tenant = app && directory.tenant(app.tenantId)
  if (!tenant || (wish.tenant !== undefined && wish.tenant !== tenant.slug))
    throw new ConfigError(`There is no app "${wish.app}".`)
  return { tenant, appId: publicId(APP_ID, app.id) }
}

function tenantBySlug(
  directory: Awaited<ReturnType<Foundations['directory']['look']>>,
  slug: string,
): DirectoryTenant {
  const tenant = directory.tenantBySlug(slug)
  if (!tenant) throw new ConfigError(`There is no tenant "${slug}": "surety tenant create" makes one.`)
  return tenant
}

function readManifestFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code } = error as { code?: string }
    throw new ConfigError(code ? `${file}: cannot be read (${code})` : `${file}: is not JSON`)
  }
}
