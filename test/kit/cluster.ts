import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrations } from '../../migrations/index.js'
import { ensureEmbeddedDatabase } from '../../src/persistence/embedded-database.js'
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres.js'
import { migrate } from '../../src/persistence/migrate.js'
import { entities } from '../../src/rooms.js'

/** The database that every test file clones: migrated once per run. */
export const TEMPLATE = 'surety_template'

declare module 'vitest' {
  interface ProvidedContext {
    superuserUrl: string
  }
}

/** One real PostgreSQL for the whole run, in a folder of its own; nobody will miss what is in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'surety-test-'))
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '300',
  }
  const postgres = await startEmbeddedPostgres({ dataDir, settings })
  const { ownerUrl, appLogin } = await ensureEmbeddedDatabase(postgres.superuserUrl, TEMPLATE)
  await migrate({ ownerUrl, appLogin, entities, migrations })
  const client = new pg.Client({ connectionString: postgres.superuserUrl })
  await client.connect()
  // Roles and their memberships are the cluster's, so a clone has them already; a template takes no sessions.
  await client.query(`alter database ${TEMPLATE} is_template true allow_connections false`)
  await client.end()
  project.provide('superuserUrl', postgres.superuserUrl)
  return async () => {
    await postgres.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
