import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, inject, onTestFinished } from 'vitest'
import { migrations } from '../../migrations/index.js'
import { standardFormText, type TermValues } from '../../src/agreements/index.js'
import { type DatabaseUrls, ensureEmbeddedDatabase } from '../../src/persistence/embedded-database.js'
import { eventContracts, EventFeed, WebhookSender } from '../../src/events/index.js'
import { AlarmClock, Database, Seals, systemSession } from '../../src/persistence/index.js'
import { GuardedFetch, type Resolve } from '../../src/platform/guarded-fetch.js'
import { migrate } from '../../src/persistence/migrate.js'
import { uuidOf } from '../../src/platform/ids.js'
import { createLogger, type Logger } from '../../src/platform/log.js'
import {
  accessTable,
  AttachmentFiles,
  buildSchema,
  disclosureGate,
  entities,
  jobs,
  reactions,
} from '../../src/rooms.js'
import { type DoorParts, type Execute, executorOf, metricsGate, openDoor } from '../../src/server/index.js'
import {
  addApp,
  Authenticator,
  createTenant,
  Directory,
  eventDeclaration,
  presentData,
} from '../../src/tenancy/index.js'
import { issueToken, type TokenWish } from '../../src/token.js'
import { TEMPLATE } from './cluster.js'
import { dataProblems } from './event-data.js'

export const ISSUER = 'https://surety.test'

export interface GraphqlAnswer<Data = Record<string, unknown>> {
  status: number
  headers: Headers
  text: string
  data: Data
  errors?: {
    message: string
    path?: (string | number)[]
    extensions: { code: string; retryAfter?: number }
  }[]
  extensions?: Record<string, unknown>
}

export interface WorldOptions {
  poolSize?: number
  corsOrigins?: string[]
  /** How much is let through; without it nothing that a test can send is too much. */
  allowances?: DoorParts['allowances']
  tenantConnections?: number
  /** How long a caller's transaction begins statements. */
  transactionMs?: number
  /** Hosts that tenants may name though they are private. */
  privateHosts?: string[]
  /** What names lead to that webhooks are sent to; nowhere when omitted. */
  resolve?: Resolve
  /** Opens `/metrics` to whoever sends it. */
  metricsToken?: string
  trustedProxies?: string[]
  /** From how many milliseconds on operations and alarms are logged as slow. */
  slowMs?: number
  ide?: boolean
  /** What operations are executed by; the usual one when omitted. */
  execute?: Execute
  /** Another cluster than the run's, by its superuser: the database is then migrated anew and not cloned. */
  superuserUrl?: string
  /** Leads the server to its database through a pooler in transaction mode: from the direct address to the pooler's. */
  pooler?: (appUrl: string) => Promise<string>
}

/** What a process that works has. */
export interface Worker {
  clock: AlarmClock
  webhooks: WebhookSender
}

/** Events of each type whose data is held to its schema when a world ends. */
const LOOKED_AT = 20

/** `extensions` of an answer, with what it cost beside what else is in it. */
export const withCost = (others: object = {}): object => ({ ...others, cost: expect.any(Object) })

/** So much that what one test uses is there again before the next looks. */
const WITHOUT_END = { requestRate: 1e9, costRate: 1e9, refusalRate: 1e9 }

/**
 * A world of its own: a database cloned from the template, a server on a free port of loopback, and people in it.
 *
 *     const world = await World.create()
 *     const provider = await world.provider()
 *     const customer = await provider.customer()
 *     const agreement = await customer.agreement({ responseHours: '2' })
 */
export class World {
  readonly database: Database
  readonly directory: Directory
  readonly seals: Seals
  /** What the seals were made with: a second process on this database needs it. */
  readonly masterKey: string
  readonly address: string
  readonly superuserUrl: string
  readonly ownerUrl: string
  readonly appUrl: string
  /** Everything the server logged, as text. */
  readonly logged: string[]
  /** What it logs with. */
  readonly log: Logger
  /** Another worker beside the world's own: what rings, and what delivers. */
  readonly worker: () => Worker
  #owner: Promise<pg.Client> | null = null
  readonly #clock: AlarmClock
  readonly #webhooks: WebhookSender
  readonly #stops: (() => Promise<unknown>)[]
  #providers = 0

  private constructor(parts: {
    database: Database
    directory: Directory
    seals: Seals
    masterKey: string
    address: string
    superuserUrl: string
    ownerUrl: string
    appUrl: string
    logged: string[]
    log: Logger
    clock: AlarmClock
    webhooks: WebhookSender
    worker: () => Worker
    stops: (() => Promise<unknown>)[]
  }) {
    this.database = parts.database
    this.directory = parts.directory
    this.seals = parts.seals
    this.masterKey = parts.masterKey
    this.address = parts.address
    this.superuserUrl = parts.superuserUrl
    this.ownerUrl = parts.ownerUrl
    this.appUrl = parts.appUrl
    this.logged = parts.logged
    this.log = parts.log
    this.#clock = parts.clock
    this.#webhooks = parts.webhooks
    this.worker = parts.worker
    this.#stops = parts.stops
  }

  static async create(options: WorldOptions = {}): Promise<World> {
    const superuserUrl = options.superuserUrl ?? inject('superuserUrl')
    const name = `world_${randomUUID().replaceAll('-', '')}`
    const urls = options.superuserUrl
      ? await newDatabase(options.superuserUrl, name)
      : await ensureEmbeddedDatabase(superuserUrl, name, TEMPLATE)
    const database = await Database.open({
      url: (await options.pooler?.(urls.appUrl)) ?? urls.appUrl,
      poolSize: options.poolSize ?? 10,
      entities,
      reactions,
      newestMigration: migrations.at(-1)?.name ?? '',
      pooled: options.pooler !== undefined,
      ...(options.pooler ? {} : { listenUrl: urls.appUrl }),
      ...(options.transactionMs === undefined ? {} : { transactionMs: options.transactionMs }),
      ...(options.tenantConnections === undefined ? {} : { tenantConnections: options.tenantConnections }),
    })
    const masterKey = Seals.newMasterKey()
    const seals = new Seals(masterKey)
    const outside = new GuardedFetch({ privateHosts: options.privateHosts ?? [] })
    const directory = new Directory(database, seals, ISSUER, outside)
    const authenticator = new Authenticator(directory, database)
    const logged: string[] = []
    const log = createLogger('info', { write: line => void logged.push(line) })
    const door = await openDoor({
      schema: buildSchema(),
      access: accessTable,
      gate: disclosureGate(database),
      live: new EventFeed(database, log),
      contracts: eventContracts(),
      database,
      seals,
      directory,
      authenticator,
      corsOrigins: options.corsOrigins ?? [],
      trustedProxies: options.trustedProxies ?? [],
      allowances: { ...WITHOUT_END, ...options.allowances },
      metrics: options.metricsToken === undefined ? null : metricsGate(options.metricsToken),
      // On a machine that does much else nothing is slow unless a test wants it to be.
      slowMs: options.slowMs ?? 60_000,
      ide: options.ide ?? true,
      files: new AttachmentFiles(database, seals),
      execute: options.execute ?? executorOf('compiled'),
      log,
    })
    const address = await door.http.listen({ port: 0, host: '127.0.0.1' })
    const outbound = new GuardedFetch({
      privateHosts: options.privateHosts ?? [],
      keepAlive: true,
      // No test asks nameservers of the net.
      resolve: options.resolve ?? (async () => []),
    })
    const worker = (): Worker => {
      const gate = disclosureGate(database)
      const webhooks = new WebhookSender(
        { database, seals, directory, gate, access: accessTable, outside: outbound },
        log,
      )
      const handlers = new Map([...jobs, ...Object.entries(webhooks.jobs)])
      // On a machine that does much else nothing is slow unless a test wants it to be.
      return { webhooks, clock: new AlarmClock(database, handlers, log, options.slowMs ?? 60_000) }
    }
    const { clock, webhooks } = worker()
    const stops = [
      () => webhooks.stop(),
      () => outbound.close(),
      () => door.http.close(),
      () => door.apollo.stop(),
      () => database.close(),
      () => dropDatabase(superuserUrl, name),
    ]
    return new World({
      ...{ database, directory, seals, masterKey, address },
      ...{ superuserUrl, ...urls, logged, log, clock, webhooks, worker, stops },
    })
  }

  /** A world for one test, gone when the test is over. */
  static async forTest(options: Parameters<typeof World.create>[0] = {}): Promise<World> {
    const world = await World.create(options)
    onTestFinished(() => world.close())
    return world
  }

  /**
   * Stops the server and drops its database, which must hold no event that no room declared, since a reader would wait before
   * it, and none whose data is otherwise than declared.
   */
  async close(): Promise<void> {
    const { rows } = await (await this.#asOwner()).query<{ type: string; data: Record<string, unknown> }>(
      `select type, data from (select type, data, row_number() over (partition by type order by sequence desc) as nth from events) as e
       where nth <= ${LOOKED_AT}`,
    )
    await (await this.#asOwner()).end()
    for (const stop of this.#stops) await stop()
    const undeclared = rows.filter(({ type }) => eventDeclaration(type) === undefined)
    if (undeclared.length > 0)
      throw new Error(`no room declares ${undeclared.map(row => row.type).join(', ')}`)
    const problems = rows.flatMap(({ type, data }) => dataProblems(type, presentData(type, data)))
    if (problems.length > 0) throw new Error(`events say what nobody declared: ${problems.join('; ')}`)
  }

  /** One connection for all, made anew when its PostgreSQL went away. */
  #asOwner(): Promise<pg.Client> {
    const connect = async (): Promise<pg.Client> => {
      const client = new pg.Client({ connectionString: this.ownerUrl })
      client.on('error', () => (this.#owner = null))
      await client.connect()
      return client
    }
    this.#owner ??= connect()
    return this.#owner
  }

  /** A tenant with an ADMIN to act for it. */
  async provider(slug = `provider-${++this.#providers}`, name = `Provider ${slug}`): Promise<Provider> {
    const id = await createTenant(this.database, { slug, name })
    // The directory is looked up again after a quarter of a second.
    while (!(await this.directory.look()).tenantBySlug(slug))
      await new Promise(resolve => setTimeout(resolve, 25))
    return new Provider(this, id, slug)
  }

  /** Sets the clock that decides: `surety_now()` goes on from this instant. */
  async setClock(now: string | Date): Promise<void> {
    await (await this.#asOwner()).query(
      `insert into clock_shift (id, shift) values (1, $1::timestamptz - clock_timestamp())
       on conflict (id) do update set shift = excluded.shift, frozen_at = null`,
      [now instanceof Date ? now : new Date(now)],
    )
  }

  /** Stops the clock at this instant, to the millisecond, until it is set again. */
  async freezeClock(at: string | Date): Promise<void> {
    await (await this.#asOwner()).query(
      `insert into clock_shift (id, shift, frozen_at) values (1, interval '0', $1)
       on conflict (id) do update set frozen_at = excluded.frozen_at`,
      [at instanceof Date ? at : new Date(at)],
    )
  }

  /** Rings every alarm that is due by the clock. */
  ringDue(): Promise<number> {
    return this.#clock.ringDue()
  }

  /** Rings until nothing is due and every webhook that was is delivered, or has failed and waits. */
  async deliverWebhooks(): Promise<void> {
    for (;;) {
      const rung = await this.ringDue()
      await this.#webhooks.settled()
      if (rung === 0) return
    }
  }

  /** SQL as the owner, behind no API: for looking at what is stored, and for planting. Row-level security is forced on it, too. */
  async sqlAsOwner<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await (await this.#asOwner()).query<Row>(sql, values)).rows
  }

  /** SQL as the superuser, whom no policy holds: to see what is really stored. */
  async sqlAsSuperuser<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const url = new URL(this.superuserUrl)
    url.pathname = new URL(this.ownerUrl).pathname
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      return (await client.query<Row>(sql, values)).rows
    } finally {
      await client.end()
    }
  }

  /** Every table with its rows and a hash over them: what a refusal must leave as it was, to the last column. */
  async contents(): Promise<Record<string, string>> {
    const tables = await this.sqlAsSuperuser<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    )
    const each = tables.map(
      ({ name }) =>
        `select '${name}' as name, count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, ';' order by t::text)), 'none') as held from "${name}" t`,
    )
    const rows = await this.sqlAsSuperuser<{ name: string; held: string }>(each.join(' union all '))
    return Object.fromEntries(rows.map(({ name, held }) => [name, held]))
  }

  /** The journal of a tenant, or of one of its agreements, as it is stored: in sequence. */
  async journal(tenantId: string, agreementUuid?: string): Promise<JournalRow[]> {
    const rows = await this.sqlAsSuperuser<JournalRow>(
      `select sequence::int, type, customer_id, category, subject_kind, subject_id, subject_revision, agreement_id, clause,
         actor_kind, actor_id, occurred_at, accepted_at, data
       from events where tenant_id = $1 and ($2::uuid is null or agreement_id = $2) order by sequence`,
      [tenantId, agreementUuid ?? null],
    )
    return rows
  }

  async token(wish: Partial<TokenWish> & { tenant: string }): Promise<string> {
    return issueToken({ ...this.parts(), clock: null, close: async () => undefined }, { ttl: 3600, ...wish })
  }

  parts(): { database: Database; directory: Directory; seals: Seals } {
    return { database: this.database, directory: this.directory, seals: this.seals }
  }

  async post(body: unknown, headers: Record<string, string> = {}): Promise<GraphqlAnswer> {
    const response = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      ...(JSON.parse(text) as Pick<GraphqlAnswer, 'data'>),
    }
  }
}

export interface JournalRow {
  sequence: number
  type: string
  customer_id: string | null
  category: string
  subject_kind: string
  subject_id: string
  subject_revision: number
  agreement_id: string | null
  clause: string | null
  actor_kind: string
  actor_id: string
  occurred_at: Date
  accepted_at: Date
  data: Record<string, unknown>
}

/** Somebody with a token. */
export class Caller {
  readonly world: World
  readonly token: string

  constructor(world: World, token: string) {
    this.world = world
    this.token = token
  }

  /** Sends a document and gives back everything that came. */
  send<Data = Record<string, never>>(
    query: string,
    variables: object = {},
    headers: Record<string, string> = {},
  ): Promise<GraphqlAnswer<Data>> {
    const sent = this.world.post({ query, variables }, { authorization: `Bearer ${this.token}`, ...headers })
    return sent as unknown as Promise<GraphqlAnswer<Data>>
  }

  /** Sends a document that must answer without errors, and gives back its data. */
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async ask<Data = any>(query: string, variables: object = {}): Promise<Data> {
    const answer = await this.send<Data>(query, variables)
    if (answer.errors) throw new Error(`${answer.text}\n${this.world.logged.slice(-3).join('')}`)
    return answer.data
  }

  /** A mutation with a fresh key; answers its payload. `selection` is what is asked beside `userErrors`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async mutate<Payload = any>(
    mutation: string,
    input: object,
    selection = '',
  ): Promise<Payload & { userErrors: UserErrorAnswer[] }> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
    const data = await this.ask(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code field message clause retryable } } }`,
      { input: { idempotencyKey: randomUUID(), ...input } },
    )
    for (const { code } of data[mutation]?.userErrors ?? []) requireListed(mutation, code)
    return data[mutation]
  }
}

let listedCodes: Map<string, readonly string[]> | null = null

/** api.md: each mutation's description lists its codes. Every test that sees a user error holds it to that. */
export function requireListed(mutation: string, code: string): void {
  listedCodes ??= new Map(
    Object.values(buildSchema().getMutationType()?.getFields() ?? {}).map(({ name, description }) => [
      name,
      / Codes: ([A-Z_, ]+)\.$/.exec(description ?? '')?.[1]?.split(', ') ?? [],
    ]),
  )
  if (!listedCodes.get(mutation)?.includes(code))
    throw new Error(`${mutation} answered ${code}, which its description does not list`)
}

export interface UserErrorAnswer {
  code: string
  field: string[] | null
  message: string
  clause: string | null
  retryable: boolean
}

export class Provider {
  readonly world: World
  readonly tenantId: string
  readonly slug: string
  #customers = 0
  #admin: Promise<Caller> | null = null

  constructor(world: World, tenantId: string, slug: string) {
    this.world = world
    this.tenantId = tenantId
    this.slug = slug
  }

  admin(): Promise<Caller> {
    this.#admin ??= this.staff('ADMIN')
    return this.#admin
  }

  async staff(...role: string[]): Promise<Caller> {
    return new Caller(this.world, await this.world.token({ tenant: this.slug, role }))
  }

  async service(scope: string[], customer?: Customer): Promise<Caller> {
    const bound = customer ? { customer: customer.number } : {}
    return new Caller(
      this.world,
      await this.world.token({ tenant: this.slug, service: 'agent', scope, ...bound }),
    )
  }

  /** A third party's app of this tenant. No customer has authorised it yet. */
  async app(
    clientId: string,
    scope: string[],
    purpose: TokenWish['purpose'] = 'SUPPORT_PORTAL',
  ): Promise<Caller> {
    await this.world.database.write(systemSession(this.tenantId), operation =>
      addApp(operation, { clientId, name: `App ${clientId}` }),
    )
    // The directory is looked up again after a quarter of a second.
    await new Promise(resolve => setTimeout(resolve, 300))
    return new Caller(
      this.world,
      await this.world.token({ tenant: this.slug, app: clientId, scope, ...(purpose ? { purpose } : {}) }),
    )
  }

  async customer(number = `C-${++this.#customers}`, name = `Customer ${number}`): Promise<Customer> {
    const admin = await this.admin()
    const { customer, userErrors } = await admin.mutate('customerCreate', { number, name }, 'customer { id }')
    if (!customer) throw new Error(JSON.stringify(userErrors))
    return new Customer(this, customer.id, number)
  }
}

export class Customer {
  readonly provider: Provider
  readonly id: string
  readonly number: string

  constructor(provider: Provider, id: string, number: string) {
    this.provider = provider
    this.id = id
    this.number = number
  }

  get uuid(): string {
    return uuidOf('cus', this.id) as string
  }

  signatory(): Promise<Caller> {
    return this.user('SIGNATORY')
  }

  async user(...role: string[]): Promise<Caller> {
    const { world, slug } = this.provider
    return new Caller(world, await world.token({ tenant: slug, customer: this.number, role }))
  }

  /** A draft with every blank filled; `terms` changes some of them. */
  async draft(
    terms: Partial<Record<keyof TermValues, string | number | null>> = {},
    settings: object = {},
  ): Promise<AgreementHandle> {
    const admin = await this.provider.admin()
    const values = { ...filledTerms(`A-${randomUUID().slice(0, 13)}`), ...terms }
    const input = { customerId: this.id, terms: values, ...settings }
    const { agreement, userErrors } = await admin.mutate('agreementDraft', input, 'agreement { id }')
    if (!agreement) throw new Error(JSON.stringify(userErrors))
    return new AgreementHandle(this, agreement.id)
  }

  /** An agreement in force, signed online by both sides at the clock's now. */
  async agreement(
    terms: Parameters<Customer['draft']>[0] = {},
    settings: object = {},
  ): Promise<AgreementHandle> {
    const agreement = await this.draft(terms, settings)
    await agreement.submit()
    await agreement.signByBoth()
    return agreement
  }
}

export class AgreementHandle {
  readonly customer: Customer
  readonly id: string

  constructor(customer: Customer, id: string) {
    this.customer = customer
    this.id = id
  }

  get uuid(): string {
    return uuidOf('agr', this.id) as string
  }

  /** Settles the draft; answers the hash to sign. */
  async submit(): Promise<string> {
    const admin = await this.customer.provider.admin()
    const { agreement, userErrors } = await admin.mutate(
      'agreementSubmitForSigning',
      { agreementId: this.id },
      'agreement { currentVersion { contentHash } }',
    )
    if (!agreement) throw new Error(JSON.stringify(userErrors))
    return agreement.currentVersion.contentHash
  }

  async signByBoth(): Promise<void> {
    const contentHash = await this.contentHash()
    for (const caller of [await this.customer.provider.admin(), await this.customer.signatory()]) {
      const { userErrors } = await caller.mutate('agreementSign', { agreementId: this.id, contentHash })
      if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors))
    }
  }

  async contentHash(): Promise<string> {
    return (await this.read('currentVersion { contentHash }')).currentVersion.contentHash
  }

  /** Reads the agreement as the ADMIN sees it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
  async read(selection: string): Promise<any> {
    const admin = await this.customer.provider.admin()
    return (await admin.ask(`query ($id: ID!) { agreement(id: $id) { ${selection} } }`, { id: this.id }))
      .agreement
  }
}

/** Terms as the API types them: years and days are Int, the rest text. */
export function filledTerms(contractNumber: string): Record<keyof TermValues, string | number> {
  return {
    contractNumber,
    providerName: 'Provider',
    customerName: 'Customer',
    termYears: 3,
    responseHours: '2',
    fixHours: '24',
    serviceTermYears: 3,
    confidentialityYears: 5,
    liquidatedDamagesPercent: '5',
    upgradeNoticeWorkingDays: 5,
    updateWindowWorkingDays: 10,
    upgradeProblemResponseHours: '4',
    supportResponseHours: '8',
    restoreHours: '12',
  }
}

/** A contract text of our own wording with these terms, as somebody would paste it. */
export function contractText(contractNumber: string): string {
  const terms = Object.fromEntries(
    Object.entries(filledTerms(contractNumber)).map(([name, value]) => [name, String(value)]),
  )
  return standardFormText(terms as unknown as TermValues)
}

async function newDatabase(superuserUrl: string, name: string): Promise<DatabaseUrls> {
  const urls = await ensureEmbeddedDatabase(superuserUrl, name)
  await migrate({ ownerUrl: urls.ownerUrl, appLogin: urls.appLogin, entities, migrations })
  return urls
}

async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  await client.query(`drop database ${name} with (force)`)
  await client.end()
}
