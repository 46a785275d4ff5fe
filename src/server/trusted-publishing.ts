import { LockMode } from '@mikro-orm/postgresql'
import type { Operation } from '../persistence/index.js'
import { Refusal, refuse, userError } from '../platform/failure.js'
import { uuidOf } from '../platform/ids.js'
import { App, APP_ID } from '../tenancy/index.js'
import { MANIFEST_FIELD, type ReadDocument } from './trusted-manifest.js'

export interface Published {
  /** Null for the tenant's own set. */
  appId: string | null
  added: number
  unchanged: number
}

/**
 * Adds documents to an app's set, or to the tenant's own. What is there already stays; none ever changes its text. In the
 * order of their ids, so that two who publish the same at once wait for each other and not both.
 */
export async function publishDocuments(
  operation: Operation,
  target: { appId?: string | null },
  documents: readonly ReadDocument[],
): Promise<Published> {
  const { tenantId } = operation.session
  const appId = target.appId == null ? null : await findApp(operation, target.appId)
  const setId = appId ?? tenantId
  const added = await operation.run(
    `insert into trusted_documents (tenant_id, set_id, document_id, name, kind, body, published_at)
     select $1, $2, id, name, kind, body, $3
     from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as given (id, name, kind, body)
     order by id
     on conflict do nothing returning document_id`,
    [
      tenantId,
      setId,
      await operation.now(),
      documents.map(each => each.documentId),
      documents.map(each => each.name),
      documents.map(each => each.kind),
      documents.map(each => each.body),
    ],
  )
  if (added.length < documents.length) await requireUnchanged(operation, setId, documents)
  return { appId, added: added.length, unchanged: documents.length - added.length }
}

/** An id of one's own making says nothing of its text, and somebody's app was built with the text it had. */
async function requireUnchanged(
  operation: Operation,
  setId: string,
  documents: readonly ReadDocument[],
): Promise<void> {
  const there = await operation.run<{ document_id: string; body: string }>(
    'select document_id, body from trusted_documents where tenant_id = $1 and set_id = $2 and document_id = any ($3)',
    [operation.session.tenantId, setId, documents.map(each => each.documentId)],
  )
  const bodies = new Map(there.map(row => [row.document_id, row.body]))
  const changed = documents.filter(each => bodies.get(each.documentId) !== each.body)
  if (changed.length === 0) return
  throw new Refusal(
    changed.map(({ name }) =>
      userError('TAKEN', { field: MANIFEST_FIELD, messageKey: 'DOCUMENT_CHANGED', params: { name } }),
    ),
  )
}

async function findApp(operation: Operation, publicId: string): Promise<string> {
  const id = uuidOf(APP_ID, publicId)
  const where = { tenantId: operation.session.tenantId, id: id ?? '' }
  const app = id && (await operation.em.findOne(App, where, { lockMode: LockMode.PESSIMISTIC_READ }))
  if (!app) throw refuse('NOT_FOUND', { field: ['input', 'appId'] })
  return app.id
}
