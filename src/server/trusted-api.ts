import './trusted-messages.js'
import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql'
import { Allow, MutationInput, UserError } from '../platform/graphql/contract.js'
import { JsonScalar } from '../platform/graphql/scalars.js'
import { type AccessTable, appById, AppInfo, only, Request, toApp } from '../tenancy/index.js'
import { TrustedDocument } from './trusted-document.js'
import { readManifest } from './trusted-manifest.js'
import { publishDocuments } from './trusted-publishing.js'

@InputType({ description: 'Documents to publish.' })
class TrustedDocumentsPublishInput extends MutationInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'The app whose documents they are; omitted: everybody of the tenant may send them, staff, customers and their front ends.',
  })
  appId?: string | null

  @Field(() => JsonScalar, {
    description:
      'The manifest as the tool wrote it: Apollo\'s (`format: "apollo-persisted-query-manifest"`, version 1), or the code generator\'s `persistedDocuments`, an object of texts by their ids. 1 to 1,000 documents, each within the bounds of any document and with one operation that has a name. An id that is a SHA-256, bare or behind `sha256:`, must be that of its text.',
  })
  manifest!: unknown
}

@ObjectType({ description: 'What `trustedDocumentsPublish` did.', simpleResolvers: true })
class TrustedDocumentsPublishPayload {
  @Field(() => Int, {
    nullable: true,
    description: 'Documents that were not there before; null when nothing happened.',
  })
  published!: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Documents that were there already, with the same text; null when nothing happened.',
  })
  unchanged!: number | null

  @Field(() => AppInfo, { nullable: true, description: 'The app, where they are of one.' })
  app!: unknown

  @Field(() => [UserError], { description: 'Why not, document by document; empty on success.' })
  userErrors!: UserError[]
}

@Resolver()
class TrustedDocumentMutations {
  @Allow('document:publish')
  @Mutation(() => TrustedDocumentsPublishPayload, {
    nullable: true,
    description:
      'Publishes documents, which clients may then send by their ids alone (`documentId`, or `extensions.persistedQuery`). Each is held to the schema and its bounds; one that is not good refuses them all. What was published stays, so that apps that are out there go on. Codes: BLANK, INVALID, NOT_FOUND, REQUIRED, TAKEN, TOO_LONG, TOO_MANY.',
  })
  async trustedDocumentsPublish(
    @Arg('input', () => TrustedDocumentsPublishInput, { description: 'Which, and whose.' })
    input: TrustedDocumentsPublishInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TrustedDocumentsPublishPayload> {
    const { ids, userErrors } = await request.change(info, input, operation =>
      publishDocuments(operation, input, readManifest(input.manifest, info.schema, request.language)),
    )
    return {
      published: ids?.added ?? null,
      unchanged: ids?.unchanged ?? null,
      app: async () => {
        const row = ids?.appId ? await request.load(appById, ids.appId) : null
        return row && toApp(row)
      },
      userErrors,
    }
  }
}

export const doorEntities = [TrustedDocument]
export const doorResolvers = [TrustedDocumentMutations] as const

/** The door's own part of the permission table. */
export const doorAccess: AccessTable = {
  // A document runs under the rights of whoever sends it; what is published is what an app that may send nothing else can do.
  'document:publish': only({ staff: ['ADMIN'] }),
}
