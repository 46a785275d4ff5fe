import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chownSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverAccount } from '../../src/persistence/embedded-account.js'

/** A pooler in transaction mode on loopback, in front of one PostgreSQL. */
export interface Pgbouncer {
  /** The same database and login, through the pooler. */
  through(url: string): string
  stop(): Promise<void>
}

/** What a test that needs it says when it isn't there. */
export const NO_PGBOUNCER = 'skipped: no pgbouncer on this machine (Debian: apt-get install pgbouncer)'

/** Fewer than a pool of the app, so that connections of PostgreSQL truly change hands between connections of the app. */
const SERVER_CONNECTIONS = 4
const START_MS = 5_000

/** Where the program is, or null. Debian puts it where an ordinary user doesn't look. */
export function findPgbouncer(): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  const programs = folders.filter(Boolean).map(folder => join(folder, 'pgbouncer'))
  return programs.find(isExecutable) ?? null
}

/** Starts one as a user that isn't root, which it refuses to be, for the logins of these addresses. */
export async function startPgbouncer(program: string, urls: readonly string[]): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'surety-pgbouncer-'))
  const account = serverAccount()
  const port = await freePort()
  const server = new URL(urls[0] as string)
  const write = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text, { mode: 0o600 })
    chownSync(file, account.uid, account.gid)
    return file
  }
  chownSync(folder, account.uid, account.gid)
  const users = write('users.txt', urls.map(url => userLine(new URL(url))).join('\n'))
  const log = write('pgbouncer.log', '')
  const config = write(
    'pgbouncer.ini',
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 500
server_login_retry = 1
logfile = ${log}
`,
  )
  const child = spawn(program, [config], { stdio: 'ignore', ...account })
  const gone = once(child, 'exit')
  await Promise.race([
    answers(port),
    gone.then(() => Promise.reject(new Error(`pgbouncer did not start:\n${readFileSync(log, 'utf8')}`))),
  ])
  return {
    through: url => {
      const led = new URL(url)
      led.hostname = '127.0.0.1'
      led.port = String(port)
      return led.href
    },
    stop: async () => {
      // At once: clients of a test have said goodbye or never will.
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** pgbouncer's own form: name and password in double quotes, which are doubled inside. */
function userLine(url: URL): string {
  const quoted = (text: string): string => `"${decodeURIComponent(text).replaceAll('"', '""')}"`
  return `${quoted(url.username)} ${quoted(url.password)}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(25)) {
    const socket = connect(port, '127.0.0.1')
    const [heard] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      once(socket, 'error').then(() => [false]),
    ]).catch(() => [false])
    socket.destroy()
    if (heard) return
  }
  throw new Error('pgbouncer does not answer')
}
