import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** Source files by their path from the root of the repo, e.g. `src/tenancy/nodes.ts`. */
export type Sources = ReadonlyMap<string, string>

/** The rooms in the order of the house: each may import those before it, and none of its own rank. */
const RANKS: readonly (readonly string[])[] = [
  ['platform'],
  ['persistence'],
  ['tenancy'],
  ['calendar'],
  ['notices'],
  ['agreements'],
  ['obligations'],
  ['breaches'],
  ['tickets', 'invoices', 'backups', 'consents', 'upgrades', 'inspections', 'incidents'],
]
/** Handed the rooms by `rooms.ts`, and so told nothing of them. */
const HANDED = ['events', 'server']
const HANDED_MAY_IMPORT = ['platform', 'persistence', 'tenancy']
/** A web page of its own: it speaks to the API and imports nothing of the house. */
const APART = ['portal']

/** What anyone outside could have written: it speaks to the API, imports nothing of the house, and is started from the terminal. */
const OUTSIDE = ['client']

/** The files above the rooms, lowest first. A new one is put here on purpose. */
const TOP = [
  'rooms.ts',
  'main.ts',
  'operator.ts',
  'publish.ts',
  'token.ts',
  'demo-hand.ts',
  'demo-agreements.ts',
  'demo-life.ts',
  'demo.ts',
  'greeting.ts',
  'journey.ts',
  'cli.ts',
]
/** What lays the foundations reaches past persistence's index: no room has a use for a launcher or a migrator. */
const FOUNDATIONS = {
  from: ['src/main.ts', 'src/journey.ts', 'src/cli.ts'],
  to: /^src\/persistence\/(embedded-\w+|migrate)\.ts$/,
}

interface Import {
  from: string
  /** Path from the root for a file of the repo, else the package's name. */
  to: string
  local: boolean
  /** Erased by the compiler: it can't make a cycle when the program runs. */
  typeOnly: boolean
}

export function sourcesIn(root: string, folders: readonly string[]): Sources {
  const files = folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
      .map(entry => relative(root, join(entry.parentPath, entry.name))),
  )
  return new Map(files.map(file => [file, readFileSync(join(root, file), 'utf8')]))
}

/** What breaks the map of the house, one sentence each, sorted; nothing when the house stands. */
export function importProblems(sources: Sources): string[] {
  const imports = [...sources].flatMap(([file, text]) => importsOf(file, text))
  const local = imports.filter(each => each.local)
  const missing = local
    .filter(each => !sources.has(each.to))
    .map(each => `${each.from} imports ${each.to}, which is not there`)
  const wrong = local.map(problemOf).filter(problem => problem !== null)
  return [...new Set([...missing, ...wrong, ...cycleProblems(local)])].sort()
}

/** Every import, re-export and dynamic import of a file. */
export function importsOf(file: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const statements = [
    ...code.matchAll(/^[ \t]*(?:import|export)\s+(type\s+)?([\w*{}\s,$]*?)\s*from\s*['"]([^'"]+)['"]/gm),
  ].map(([, type, names, target]) => ({
    target: target as string,
    typeOnly: type !== undefined || onlyTypes(names as string),
  }))
  const bare = [...code.matchAll(/^[ \t]*import\s*['"]([^'"]+)['"]/gm)]
  const dynamic = [...code.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)]
  const others = [...bare, ...dynamic].map(([, target]) => ({ target: target as string, typeOnly: false }))
  return [...statements, ...others].map(({ target, typeOnly }) => ({
    from: file,
    to: target.startsWith('.') ? normalize(join(dirname(file), target)).replace(/\.js$/, '.ts') : target,
    local: target.startsWith('.'),
    typeOnly,
  }))
}

/** `{ type A, type B }`: the compiler erases it when each name is a type. */
function onlyTypes(names: string): boolean {
  const list = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1]
  if (list === undefined) return false
  const entries = list
    .split(',')
    .map(each => each.trim())
    .filter(Boolean)
  return entries.length > 0 && entries.every(each => each.startsWith('type '))
}

function problemOf({ from, to }: Import): string | null {
  const [source, target] = [placeOf(from), placeOf(to)]
  const says = (why: string): string => `${from} imports ${to}: ${why}`
  if (source.kind === 'test') return null
  if (target.kind === 'test') return says('nothing that runs imports a test')
  if (source.kind === 'migrations')
    return target.kind === 'migrations' ? null : says('a migration stands by itself, since it never changes')
  if (target.kind === 'migrations')
    return source.kind === 'top' ? null : says('only what starts the house knows its migrations')
  if (source.kind === 'nowhere') return `${from} is not on the map`
  if (target.kind === 'nowhere') return says('the target is not on the map')
  if (source.kind === 'top') return topProblem(from, to, source.name, target, says)
  if (target.kind === 'top') return says('no room knows what stands above the rooms')
  if (source.name === target.name) return null
  if (!mayImport(source.name, target.name)) return says(`${source.name} may not import ${target.name}`)
  return reachesPastIndex(to, target.name) ? says('across rooms only index.ts is imported') : null
}

function topProblem(
  from: string,
  to: string,
  name: string,
  target: Place,
  says: (why: string) => string,
): string | null {
  if (target.kind === 'top')
    return TOP.indexOf(target.name) < TOP.indexOf(name) || from === to ? null : says('it stands above')
  if (APART.includes(target.name)) return says(`${target.name} stands apart`)
  if (!reachesPastIndex(to, target.name)) return null
  if (FOUNDATIONS.from.includes(from) && FOUNDATIONS.to.test(to)) return null
  return says('across rooms only index.ts is imported')
}

interface Place {
  kind: 'room' | 'top' | 'migrations' | 'test' | 'nowhere'
  name: string
}

function placeOf(file: string): Place {
  const [folder, room, ...rest] = file.split('/') as [string, string, ...string[]]
  if (folder === 'test' || folder === 'migrations') return { kind: folder, name: folder }
  if (folder !== 'src') return { kind: 'nowhere', name: folder }
  if (rest.length === 0) return { kind: TOP.includes(room) ? 'top' : 'nowhere', name: room }
  const known = [...RANKS.flat(), ...HANDED, ...APART, ...OUTSIDE].includes(room)
  return { kind: known ? 'room' : 'nowhere', name: room }
}

function mayImport(from: string, to: string): boolean {
  if (HANDED.includes(from)) return HANDED_MAY_IMPORT.includes(to)
  const rank = (room: string): number => RANKS.findIndex(rooms => rooms.includes(room))
  return rank(to) !== -1 && rank(to) < rank(from)
}

/** Platform is a shelf of small tools, each taken by itself; every other room has one way in. */
const reachesPastIndex = (to: string, room: string): boolean =>
  room !== 'platform' && to !== `src/${room}/index.ts`

/** A cycle has no first file to read, and what it finds at load depends on who came in first. */
function cycleProblems(imports: readonly Import[]): string[] {
  const edges = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to])
  }
  const problems = new Set<string>()
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at !== -1) problems.add(`a cycle: ${fromSmallest(path.slice(at)).join(' -> ')}`)
    if (at !== -1 || done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) visit(file, [])
  return [...problems]
}

/** The same cycle reads the same wherever the walk came in. */
function fromSmallest(cycle: readonly string[]): string[] {
  const start = cycle.indexOf([...cycle].sort()[0] as string)
  return [...cycle.slice(start), ...cycle.slice(0, start), cycle[start] as string]
}
