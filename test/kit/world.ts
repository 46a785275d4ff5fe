import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { migrations } from '../../migrations/index.js'
import { standardFormText, type TermValues } from '../../src/agreements/index.js'
import { EventFeed } from '../../src/events/index.js'
import { ensureEmbeddedDatabase } from '../../src/persistence/embedded-database.js'
import { AlarmClock, Database, Seals, systemSession } from '../../src/persistence/index.js'
import { uuidOf } from '../../src/platform/ids.js'
import { createLogger } from '../../src/platform/log.js'
import { accessTable, buildSchema, disclosureGate, entities, jobs } from '../../src/rooms.js'
import { openDoor } from '../../src/server/index.js'
import {
  addApp,
  Authenticator,
  createTenant,
  Directory,
  type DisclosureGate,
} from '../../src/tenancy/index.js'
import { issueToken, type TokenWish } from '../../src/token.js'
import { TEMPLATE } from './cluster.js'

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
  readonly address: string
  readonly ownerUrl: string
  readonly appUrl: string
  /** Everything the server logged, as text. */
  readonly logged: string[]
  readonly #owner: pg.Client
  readonly #clock: AlarmClock
  readonly #stops: (() => Promise<unknown>)[]
  #providers = 0

  private constructor(parts: {
    database: Database
    directory: Directory
    seals: Seals
    address: string
    ownerUrl: string
    appUrl: string
    logged: string[]
    owner: pg.Client
    clock: AlarmClock
    stops: (() => Promise<unknown>)[]
  }) {
    this.database = parts.database
    this.directory = parts.directory
    this.seals = parts.seals
    this.address = parts.address
    this.ownerUrl = parts.ownerUrl
    this.appUrl = parts.appUrl
    this.logged = parts.logged
    this.#owner = parts.owner
    this.#clock = parts.clock
    this.#stops = parts.stops
  }

  static async create(
    options: { poolSize?: number; corsOrigins?: string[]; gate?: DisclosureGate } = {},
  ): Promise<World> {
    const superuserUrl = inject('superuserUrl')
    const name = `world_${randomUUID().replaceAll('-', '')}`
    const urls = await ensureEmbeddedDatabase(superuserUrl, name, TEMPLATE)
    const database = await Database.open({
      url: urls.appUrl,
      poolSize: options.poolSize ?? 10,
      entities,
      newestMigration: migrations.at(-1)?.name ?? '',
    })
    const seals = new Seals(Seals.newMasterKey())
    const directory = new Directory(database, seals, ISSUER)
    const authenticator = new Authenticator(directory, database)
    const logged: string[] = []
    const log = createLogger('info', { write: line => void logged.push(line) })
    const door = await openDoor({
      schema: buildSchema(),
      access: accessTable,
      gate: options.gate ?? disclosureGate,
      live: new EventFeed(database, log),
      database,
      seals,
      directory,
      authenticator,
      corsOrigins: options.corsOrigins ?? [],
      log,
    })
    const address = await door.http.listen({ port: 0, host: '127.0.0.1' })
    const owner = new pg.Client({ connectionString: urls.ownerUrl })
    await owner.connect()
    const clock = new AlarmClock(database, jobs, log)
    const stops = [
      () => door.http.close(),
      () => door.apollo.stop(),
      () => database.close(),
      () => owner.end(),
      () => dropDatabase(superuserUrl, name),
    ]
    return new World({ database, directory, seals, address, ...urls, logged, owner, clock, stops })
  }

  /** A world for one test, gone when the test is over. */
  static async forTest(options: Parameters<typeof World.create>[0] = {}): Promise<World> {
    const world = await World.create(options)
    onTestFinished(() => world.close())
    return world
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop()
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
    await this.#owner.query(
      `insert into clock_shift (id, shift) values (1, $1::timestamptz - clock_timestamp())
       on conflict (id) do update set shift = excluded.shift`,
      [now instanceof Date ? now : new Date(now)],
    )
  }

  /** Rings every alarm that is due by the clock. */
  ringDue(): Promise<number> {
    return this.#clock.ringDue()
  }

  /** SQL as the owner, behind no API: for looking at what is stored, and for planting. Row-level security is forced on it, too. */
  async sqlAsOwner<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#owner.query<Row>(sql, values)).rows
  }

  /** SQL as the superuser, whom no policy holds: to see what is really stored. */
  async sqlAsSuperuser<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const url = new URL(inject('superuserUrl'))
    url.pathname = new URL(this.ownerUrl).pathname
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      return (await client.query<Row>(sql, values)).rows
    } finally {
      await client.end()
    }
  }

  async token(wish: Partial<TokenWish> & { tenant: string }): Promise<string> {
    return issueToken({ ...this.parts(), close: async () => undefined }, { ttl: 3600, ...wish })
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
    return data[mutation]
  }
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

async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  await client.query(`drop database ${name} with (force)`)
  await client.end()
}
