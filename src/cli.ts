#!/usr/bin/env node
import { isUtf8 } from 'node:buffer'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Presets, SingleBar } from 'cli-progress'
import { Command, InvalidArgumentError, Option } from 'commander'
import { migrations } from '../migrations/index.js'
import { watch } from './client/index.js'
import { beginDemo, isDemoThere, loadDemo } from './demo.js'
import { eventContracts } from './events/index.js'
import { greeting } from './greeting.js'
import { journeyOnItsOwn } from './journey.js'
import { type Foundations, layFoundations, type ProcessRole, type Service, start } from './main.js'
import { findRunningEmbeddedPostgres } from './persistence/embedded-postgres.js'
import { migrate, MigrationError } from './persistence/migrate.js'
import { type Config, ConfigError, readConfig } from './platform/config.js'
import { createLogger, describeError, type Logger } from './platform/log.js'
import { Operator } from './operator.js'
import { publishManifest } from './publish.js'
import { buildSchema, entities } from './rooms.js'
import { printSdl } from './server/index.js'
import {
  createTenant,
  type DirectoryTenant,
  KEY_GRACE_SECONDS,
  PURPOSES,
  resealSigningKeys,
  retireSigningKey,
  rotateSigningKey,
} from './tenancy/index.js'
import { issueToken, type TokenWish } from './token.js'

const program = new Command('surety')
  .description('Surety keeps the promises of software-maintenance agreements.')
  .showHelpAfterError('(surety --help lists the commands)')
  .configureHelp({ sortSubcommands: true })

program
  .command('serve')
  .description('migrate, start the API and the alarm clock; drains on SIGTERM and SIGINT')
  .addOption(
    new Option('--role <role>', 'what this process does').choices(['api', 'worker', 'all']).default('all'),
  )
  .action(async ({ role }: { role: ProcessRole }) => serve(role))

program
  .command('migrate')
  .description('bring the database of MIGRATE_DATABASE_URL up to date; safe to run twice and at once')
  .action(async () => {
    const config = readConfig(process.env)
    if (!config.databaseUrl || !config.migrateDatabaseUrl) {
      throw new ConfigError(
        "Set DATABASE_URL (the app's login) and MIGRATE_DATABASE_URL (the owner's): the embedded database migrates itself at every start.",
      )
    }
    const appLogin = decodeURIComponent(new URL(config.databaseUrl).username)
    const ran = await migrate({ ownerUrl: config.migrateDatabaseUrl, appLogin, entities, migrations })
    console.log(
      ran.length === 0
        ? 'Nothing to do: the database is up to date.'
        : ran.map(name => `ran ${name}`).join('\n'),
    )
  })

program
  .command('demo')
  .description('load the demo: two providers and their five customers; repeating it changes nothing')
  .action(() =>
    withFoundations(async base => {
      await loadDemo(base)
      console.log('The demo is loaded: tenants demo and demo2.')
    }),
  )

/** A type that is gone takes its file with it. */
function writeContracts(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of eventContracts()) writeFileSync(join(folder, name), text)
}

program
  .command('schema')
  .description('print the GraphQL schema (SDL) with its directives')
  .option('--events <folder>', 'write the contracts of events there instead: JSON Schemas and AsyncAPI')
  .action(({ events }: { events?: string }) => {
    const sdl = printSdl(buildSchema())
    if (events === undefined) process.stdout.write(sdl)
    else writeContracts(events)
  })

program
  .command('token')
  .description('print a bearer token, e.g. surety token --tenant demo --role AGENT')
  .requiredOption('--tenant <slug>', 'whose caller it is')
  .option('--role <role...>', 'roles: ADMIN AGENT FINANCE OPERATOR AUDITOR; with --customer SIGNATORY MEMBER')
  .option(
    '--customer <number>',
    "a customer's user, by the customer's number; with --service: the one customer it is bound to",
  )
  .option('--app <client-id>', "a third party's app, by its client id")
  .option('--service <name>', 'a service, e.g. a backup agent')
  .option('--scope <scope...>', 'scopes (noun:verb) of an app or a service')
  .addOption(new Option('--purpose <purpose>', 'what an app asks for').choices([...PURPOSES]))
  .option('--subject <subject>', 'who it is; default: what it is')
  .option('--ttl <seconds>', 'how long it is good', positive, 8 * 60 * 60)
  .action((wish: TokenWish) => withFoundations(async base => console.log(await issueToken(base, wish))))

program
  .command('watch')
  .description(
    'print events as they happen, one JSON line each; it comes back after a cut and misses nothing',
  )
  .option('--breaches', 'breaches alone, with their clauses and prices')
  .option('--after <cursor>', 'from the event behind this cursor; omitted: from now')
  .option('--url <address>', 'of the server; default: the one that runs here')
  .option('--token <token>', 'whose events they are; default: one for an AUDITOR of --tenant')
  .option('--tenant <slug>', 'whose events they are; not needed with --token')
  .action(watchEvents)

program
  .command('journey')
  .description('walk through every room on a server of its own, which is gone afterwards')
  .action(journey)

const keys = program.command('keys').description("Surety's own signing keys")
keys
  .command('list')
  .description('keys that verify, the newest first, with what each is for now')
  .action(() => withFoundations(async base => console.log(await listKeys(base))))
keys
  .command('rotate')
  .description(
    'make a new key: published at once, it signs after the grace; the old one verifies until its last token has expired',
  )
  .option(
    '--grace <seconds>',
    'how long it is published before it signs; 0 when a key has leaked',
    wholeSeconds,
    KEY_GRACE_SECONDS,
  )
  .action(({ grace }: { grace: number }) =>
    withFoundations(async base => {
      console.log(
        `The new key is ${await rotateSigningKey(base.database, base.seals, grace)}; it signs in ${grace} seconds.`,
      )
    }),
  )
keys
  .command('retire')
  .description(
    'end a key that has leaked: nothing that it signed is good any more, on every process within half a second',
  )
  .argument('<kid>', 'its id, as "surety keys list" names it')
  .action((kid: string) =>
    withFoundations(async base => {
      await retireSigningKey(base.database, kid)
      console.log(`The key ${kid} verifies nothing any more.`)
    }),
  )
keys
  .command('reseal')
  .description(
    'seal the signing keys under the first key of SURETY_MASTER_KEY, so that the older ones may go',
  )
  .action(() =>
    withFoundations(async base => {
      console.log(
        `${await resealSigningKeys(base.database, base.seals)} keys are sealed under the newest master key.`,
      )
    }),
  )

const tenants = program.command('tenant').description("providers' organisations")
tenants
  .command('create')
  .description('make a tenant, e.g. surety tenant create acme --name "Acme Ltd"')
  .argument('<slug>', '2 to 40 lower-case letters, digits and hyphens')
  .requiredOption('--name <name>', 'name of the organisation')
  .action((slug: string, { name }: { name: string }) =>
    withFoundations(async base => {
      await createTenant(base.database, { slug, name })
      console.log(
        `The tenant ${slug} is there. A first token: npm run -s token -- --tenant ${slug} --role ADMIN`,
      )
    }),
  )

program
  .command('import')
  .description('read contract texts into drafts, one agreement a file')
  .argument('<file...>', 'text files in UTF-8, at most 256 kB each')
  .requiredOption('--tenant <slug>', 'whose agreements they are')
  .requiredOption('--customer <number>', 'whom they are with')
  .action((files: string[], options: { tenant: string; customer: string }) =>
    withFoundations(base => importFiles(base, files, options)),
  )

const documents = program.command('documents').description('documents that clients send by their ids alone')
documents
  .command('publish')
  .description(
    "publish a manifest: Apollo's, or the code generator's persistedDocuments; repeating it changes nothing",
  )
  .argument('<manifest>', 'a JSON file')
  .option('--app <id>', "an app's client id: its documents alone")
  .option('--tenant <slug>', 'without --app: for everybody of this tenant')
  .action((file: string, wish: { app?: string; tenant?: string }) =>
    withFoundations(async base => console.log(await publishManifest(base, file, wish))),
  )

program.parseAsync().catch(fail)

async function serve(role: ProcessRole): Promise<void> {
  const config = readConfig(process.env)
  const log = createLogger(config.logLevel)
  let loadRest: (() => Promise<void>) | null = null
  const service = await start(config, log, role, async base => {
    loadRest = await beginEmbedded(base)
  })
  const rest = loadRest as (() => Promise<void>) | null
  drainOnSignals(service, log)
  if (config.databaseUrl === null && service.address) {
    rememberPublicUrl(config)
    console.log(await greeting(service, service.address, rest !== null))
    // What a drain cuts off here the next start makes up for.
    rest?.().catch(error => log.error(describeError(error), 'the demo is not complete'))
  } else {
    const { address, metricsAddress } = service
    log.info({ address, ...(metricsAddress ? { metricsAddress } : {}), role }, 'started')
  }
}

/** Begins the demo in an embedded database that is empty, or in which it was cut short; answers how the rest is loaded, else null. */
async function beginEmbedded(base: Foundations): Promise<(() => Promise<void>) | null> {
  if (base.clock === null) return null
  // A start that was killed as it began the demo has left the clock in the past.
  await base.clock.putRight()
  const { tenants } = await base.directory.look()
  const isCutShort = tenants.some(each => each.slug === 'demo') && !(await isDemoThere(base))
  return tenants.length === 0 || isCutShort ? beginDemo(base, { past: true }) : null
}

/** After this long a process ends whatever is still open: supervisors kill after ten seconds (bars.md, trust 10). */
const LAST_MOMENT_MS = 9_700

/** Ctrl-C reaches a process twice when npm runs it: from the terminal, and passed on by npm. That is one wish, not two. */
const ECHO_MS = 500

/** The first signal drains. A second one, of either kind, ends the process at once, as every terminal user expects. */
function drainOnSignals(service: Service, log: Logger): void {
  let drainingSince: number | null = null
  const leave = (): void => {
    if (drainingSince !== null) {
      if (performance.now() - drainingSince > ECHO_MS) process.exit(130)
      return
    }
    drainingSince = performance.now()
    setTimeout(() => {
      log.fatal('the drain took too long')
      process.exit(1)
    }, LAST_MOMENT_MS).unref()
    service.close().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', leave)
  process.on('SIGINT', leave)
}

/** Uses the embedded server that runs on this folder, or starts it for the length of the command. */
async function withFoundations(work: (base: Foundations) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  const running =
    config.databaseUrl === null && existsSync(config.dataDir)
      ? await findRunningEmbeddedPostgres(config.dataDir)
      : null
  const base = await layFoundations(
    { ...config, publicUrl: rememberedPublicUrl(config) },
    running ? { running } : {},
  )
  try {
    await work(base)
  } finally {
    await base.close()
  }
}

interface WatchWish {
  breaches?: true
  after?: string
  url?: string
  token?: string
  tenant?: string
}

async function watchEvents(wish: WatchWish): Promise<void> {
  const address = (wish.url ?? rememberedPublicUrl(readConfig(process.env))).replace(/\/+(graphql)?$/, '')
  const token = wish.token ?? (await tokenOfAuditor(wish.tenant))
  await watch({
    address,
    token,
    breaches: wish.breaches ?? false,
    after: wish.after ?? null,
    onFrame: frame => console.log(JSON.stringify(frame)),
    onLoss: why => console.error(`${address}: ${why}; it will be tried again. Ctrl-C ends.`),
    leaving: leaving(),
  })
}

/** Whoever holds the database's login may read on as one who may read everything and write nothing. */
async function tokenOfAuditor(tenant: string | undefined): Promise<string> {
  if (tenant === undefined)
    throw new ConfigError(
      'Say whose events: --tenant, or --token with one of your own. See surety watch --help.',
    )
  let token = ''
  await withFoundations(async base => {
    token = await issueToken(base, { tenant, role: ['AUDITOR'], subject: 'surety watch', ttl: 24 * 60 * 60 })
  })
  return token
}

async function journey(): Promise<void> {
  let step = 0
  await journeyOnItsOwn(told => {
    if (told.step !== step) console.log(`\n${told.step}. ${STEP_TITLES[told.step - 1]}`)
    step = told.step
    console.log(`\n   ${told.sentence}\n   ${JSON.stringify(told.answer)}`)
  }, leaving())
  console.log('\nEverything held. The server and its data are gone again.')
}

const STEP_TITLES = [
  'An agreement in force',
  'A fault, and a fix that comes too late',
  'An invoice and its payment',
  'A backup, and one that nobody makes',
  'A third party and what it may see',
]

/** Told when the user wants to leave. */
function leaving(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => controller.abort())
  return controller.signal
}

async function importFiles(
  base: Foundations,
  files: string[],
  options: { tenant: string; customer: string },
): Promise<void> {
  const tenant = (await base.directory.look()).tenantBySlug(options.tenant)
  if (!tenant)
    throw new ConfigError(`There is no tenant "${options.tenant}": "surety tenant create" makes one.`)
  const operator = new Operator(buildSchema(), base)
  const customerId = await customerByNumber(operator, tenant, options.customer)
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {value}/{total} {file}' }, Presets.shades_classic)
    : null
  bar?.start(files.length, 0, { file: '' })
  const lines: string[] = []
  let failed = 0
  for (const [index, file] of files.entries()) {
    bar?.update(index, { file: basename(file) })
    const { ok, text } = await importFile(operator, tenant, customerId, file)
    if (!ok) failed += 1
    if (bar) lines.push(text)
    else console.log(`${index + 1}/${files.length} ${text}`)
  }
  bar?.update(files.length, { file: '' })
  bar?.stop()
  for (const line of lines) console.log(line)
  if (failed > 0) throw new ConfigError(`${failed} of ${files.length} could not be imported; the others are.`)
}

interface Imported {
  agreementImport: {
    agreement: {
      id: string
      number: string | null
      currentVersion: {
        clauses: { id: string }[]
        missingTerms: { clause: string; name: string }[]
        warnings: { clause: string; message: string }[]
      }
    } | null
    userErrors: { message: string }[]
  }
}

async function importFile(
  operator: Operator,
  tenant: DirectoryTenant,
  customerId: string,
  file: string,
): Promise<{ ok: boolean; text: string }> {
  let text: string
  try {
    const bytes = readFileSync(file)
    // Editors on Chinese systems still write GBK: read as UTF-8 it would only look like no agreement.
    if (!isUtf8(bytes))
      return { ok: false, text: `${file}: is not in UTF-8: save it as UTF-8 and import it again` }
    text = bytes.toString('utf8')
  } catch (error) {
    return { ok: false, text: `${file}: cannot be read (${(error as { code?: string }).code})` }
  }
  const { agreementImport } = await operator.run<Imported>(
    { tenant, subject: 'surety import' },
    `mutation ($input: AgreementImportInput!) { agreementImport(input: $input) {
       agreement { id number currentVersion { clauses { id } missingTerms { clause name } warnings { clause message } } } userErrors { message } } }`,
    { input: { idempotencyKey: crypto.randomUUID(), customerId, text } },
  )
  const { agreement, userErrors } = agreementImport
  if (!agreement) return { ok: false, text: `${file}: ${userErrors.map(error => error.message).join(' ')}` }
  const { clauses, missingTerms, warnings } = agreement.currentVersion
  const missing = missingTerms.map(term => `${term.clause} ${term.name}`).join(', ')
  const notes = [
    ...(missing ? [`missing: ${missing}`] : []),
    ...warnings.map(warning => `${warning.clause}: ${warning.message}`),
  ]
  return {
    ok: true,
    text: [
      `${file}: ${agreement.number ?? 'without a number'}, ${clauses.length} clauses, ${agreement.id}`,
      ...notes,
    ].join('\n    '),
  }
}

async function customerByNumber(
  operator: Operator,
  tenant: DirectoryTenant,
  number: string,
): Promise<string> {
  const { customers } = await operator.run<{ customers: { nodes: { id: string }[] } }>(
    { tenant, subject: 'surety import' },
    'query ($number: String!) { customers(filter: { number: $number }) { nodes { id } } }',
    { number },
  )
  const [found] = customers.nodes
  if (!found) throw new ConfigError(`The tenant ${tenant.slug} has no customer "${number}".`)
  return found.id
}

/** The embedded server's address is the `iss` of its tokens: commands beside it must say the same one. */
function rememberPublicUrl(config: Config): void {
  writeFileSync(join(config.dataDir, 'public-url'), config.publicUrl)
}

function rememberedPublicUrl(config: Config): string {
  const file = join(config.dataDir, 'public-url')
  const own = process.env.PUBLIC_URL || process.env.PORT || process.env.HOST
  return config.databaseUrl === null && !own && existsSync(file)
    ? readFileSync(file, 'utf8').trim()
    : config.publicUrl
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It takes a whole number of seconds.')
  return value
}

/** As `positive`, or none at all. */
function wholeSeconds(text: string): number {
  return text === '0' ? 0 : positive(text)
}

async function listKeys(base: Foundations): Promise<string> {
  await base.directory.signingKey()
  return (await base.directory.look()).describeKeys().join('\n')
}

/** What an operator did wrong is one sentence; what we did wrong is a stack. */
function fail(error: unknown): never {
  const expected =
    error instanceof ConfigError ||
    error instanceof MigrationError ||
    (error instanceof Error &&
      [
        'EmbeddedPostgresError',
        'JourneyError',
        'ReaderError',
        'TenantError',
        'MasterKeyError',
        'DirectoryError',
        'TokenWishError',
      ].includes(error.constructor.name))
  console.error(expected ? (error as Error).message : error)
  process.exit(1)
}
