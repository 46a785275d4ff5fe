import type { BatchRead } from './batch-reads.js'
import { publicId, splitPublicId } from '../platform/ids.js'
import type { Permission } from './permissions.js'
import type { Request } from './request.js'

interface NodeKind {
  typeName: string
  permission: Permission
  load: (request: Request, uuid: string) => Promise<object | null>
}

const kinds = new Map<string, NodeKind>()

/** Makes a type findable by `node(id:)`: the prefix of its ids, who may read it, and how one is read. */
export function registerNode<Row extends object, Type extends object>(
  prefix: string,
  typeName: string,
  permission: Permission,
  batch: BatchRead<string, Row | null>,
  toType: (row: Row) => Type,
): void {
  if (kinds.has(prefix)) throw new Error(`two types share the id prefix ${prefix}`)
  kinds.set(prefix, {
    typeName,
    permission,
    load: async (request, uuid) => {
      const row = await request.load(batch, uuid)
      return row && toType(row)
    },
  })
}

export const nodeTypes = (): string[] => [...kinds.values()].map(kind => kind.typeName)
export const nodePrefixes = (): string[] => [...kinds.keys()]
/** What `node` asks of the caller, by type. */
export const nodePermissions = (): Map<string, Permission> =>
  new Map([...kinds.values()].map(kind => [kind.typeName, kind.permission]))

/** Any node the caller may see; unknown, foreign, malformed and forbidden ids answer alike: null. */
export async function findNode(request: Request, id: string): Promise<object | null> {
  const split = splitPublicId(id)
  const kind = split && kinds.get(split.prefix)
  if (!split || !kind || !request.mayDo(kind.permission)) return null
  const found = await kind.load(request, split.uuid)
  // A kind of several types (events) has said already which one this is.
  const { __typename = kind.typeName } = (found ?? {}) as { __typename?: string }
  return found && Object.assign(found, { __typename })
}

/** A row as a GraphQL source: its id as clients see it, and the uuid that loaders take. */
export function toNode<Row extends { id: string }>(prefix: string, row: Row): Row & { uuid: string } {
  return { ...row, id: publicId(prefix, row.id), uuid: row.id }
}
