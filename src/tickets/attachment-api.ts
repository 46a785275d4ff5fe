import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Args,
  type ClassType,
  Ctx,
  Field,
  FieldResolver,
  Info,
  InputType,
  Int,
  Mutation,
  Resolver,
  Root,
} from 'type-graphql'
import type { ListQuery } from '../persistence/index.js'
import { Allow, Discloses, payloadOf, type UserError } from '../platform/graphql/contract.js'
import { orderedBy, type Page, PageArgs } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { callerId, pageOfParent, Request } from '../tenancy/index.js'
import { announceAttachment, MAX_ATTACHMENT_BYTES, sealUpload } from './attachments.js'
import { fileAddress, linkUntil, sealDownload } from './attachment-files.js'
import {
  ATTACHMENT_COLUMNS,
  attachmentById,
  firstAttachmentsOf,
  type AttachmentRow,
} from './attachment-loaders.js'
import { AttachmentConnection, AttachmentType, toAttachment } from './attachment-types.js'
import { TicketChangeInput } from './ticket-inputs.js'
import { partsOf } from './ticket-life-api.js'
import { TicketType } from './ticket-types.js'

const MB = MAX_ATTACHMENT_BYTES / 1_000_000

@InputType({ description: 'A file to put on a ticket.' })
class AttachmentUploadCreateInput extends TicketChangeInput {
  @Field(() => String, { description: 'Its name, without a path, at most 255 characters.' })
  fileName!: string

  @Field(() => String, { description: 'Its media type in lower case, e.g. `image/png`, without parameters.' })
  contentType!: string

  @Field(() => Int, { description: `Its size in bytes, at most ${MB} MB.` })
  byteSize!: number

  @Field(() => String, { description: 'SHA-256 (FIPS 180-4) of its bytes, in lower-case hex.' })
  sha256!: string

  @Field(() => String, {
    nullable: true,
    description: 'A UUID of your own, made offline; unique per caller.',
  })
  clientId?: string | null
}

interface UploadPayload {
  attachment: () => Promise<AttachmentType | null> | null
  uploadUrl: () => Promise<string | null> | null
  uploadExpiresAt: () => Promise<Date | null> | null
  userErrors: UserError[]
}

const UploadPayloadType: ClassType<UploadPayload> = payloadOf<UploadPayload>('attachmentUploadCreate', {
  attachment: {
    type: () => AttachmentType,
    description: 'The attachment, PENDING until its bytes are here.',
  },
  uploadUrl: {
    type: () => String,
    description:
      'Where to PUT its bytes, once, without a token; 204 when they are what was announced. Null when nothing happened, or nothing more is awaited.',
  },
  uploadExpiresAt: { type: () => DateTimeScalar, description: 'Until when they are taken.' },
})

@Resolver(() => AttachmentType)
export class AttachmentResolver {
  @Allow('attachment:upload')
  @Mutation(() => UploadPayloadType, {
    nullable: true,
    description: `Announces a file of at most ${MB} MB and answers where to send its bytes. Codes: BLANK, INVALID, NOT_FOUND, STALE_REVISION, TAKEN, TOO_LARGE, TOO_LONG, TOO_MANY, TOO_SMALL.`,
  })
  async attachmentUploadCreate(
    @Arg('input', () => AttachmentUploadCreateInput, { description: 'The file.' })
    input: AttachmentUploadCreateInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UploadPayload> {
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      attachmentId: (await announceAttachment(operation, input, callerId(request.caller))).id,
    }))
    const awaited = async (): Promise<AttachmentRow | null> => {
      const row = ids && (await request.load(attachmentById, ids.attachmentId))
      return row?.state === 'PENDING' && row.url !== null ? row : null
    }
    return {
      attachment: () =>
        ids && request.load(attachmentById, ids.attachmentId).then(row => row && toAttachment(row)),
      uploadUrl: async () => {
        const row = await awaited()
        const place = row && { tenantId: request.caller.tenantId, attachmentId: row.id }
        return place && fileAddress(request, sealUpload(request.seals, place))
      },
      uploadExpiresAt: async () => (await awaited())?.uploadUntil ?? null,
      userErrors,
    }
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Where to GET its bytes without a token, until `urlExpiresAt` and only for as long as you may see it; null while there are none. Data category ATTACHMENT.',
  })
  @Discloses('ATTACHMENT')
  async url(@Root() attachment: AttachmentType, @Ctx('request') request: Request): Promise<string | null> {
    if (attachment.url === null || attachment.state !== 'STORED') return null
    const until = linkUntil(request.caller, await request.now())
    return fileAddress(request, sealDownload(request, attachment.uuid, until))
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when `url` is good; null where that is. Ask again for another one.',
  })
  async urlExpiresAt(
    @Root() attachment: AttachmentType,
    @Ctx('request') request: Request,
  ): Promise<Date | null> {
    if (attachment.url === null || attachment.state !== 'STORED') return null
    return linkUntil(request.caller, await request.now())
  }
}

@Resolver(() => TicketType)
export class TicketAttachmentsResolver {
  @FieldResolver(() => AttachmentConnection, {
    nullable: true,
    description: 'Files on it, the oldest first. Data category ATTACHMENT.',
  })
  @Discloses('ATTACHMENT')
  attachments(
    @Root() ticket: TicketType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx('request') request: Request,
  ): Promise<Page<AttachmentType>> {
    const query: ListQuery<AttachmentRow, AttachmentType> = {
      ...partsOf(ticket, page, request, 'attachments'),
      columns: ATTACHMENT_COLUMNS,
      orderBy: orderedBy('createdAt', 'ASC'),
      toEntry: toAttachment,
    }
    return pageOfParent(request, firstAttachmentsOf, ticket.uuid, query, [])
  }
}
