import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Redactable, type Redaction, registerNode, toNode } from '../tenancy/index.js'
import { ATTACHMENT_ID, type AttachmentState } from './attachment.js'
import { attachmentById, type AttachmentRow } from './attachment-loaders.js'

enum AttachmentStateEnum {
  PENDING = 'PENDING',
  STORED = 'STORED',
}
registerEnumType(AttachmentStateEnum, {
  name: 'AttachmentState',
  description: 'Where an attachment stands. More states may come.',
  valuesConfig: {
    PENDING: { description: 'Announced; its bytes have yet to come, or never came.' },
    STORED: { description: 'Its bytes are here, of the size and hash that were announced.' },
  },
})

@ObjectType('Attachment', {
  implements: [Node, Redactable],
  description:
    'A file on a ticket. To a third party what it is called and holds is open only under the consent of whoever reported the ticket. Data category ATTACHMENT.',
  simpleResolvers: true,
})
@Discloses('ATTACHMENT')
export class AttachmentType extends Node {
  uuid!: string
  customerId!: string
  url!: string | null
  redactions!: Redaction[]

  @Field(() => String, {
    nullable: true,
    description: 'Its name, without a path. Data category ATTACHMENT.',
  })
  @Discloses('ATTACHMENT')
  fileName!: string | null

  @Field(() => String, { description: 'Its media type, as announced; nobody has looked into it.' })
  contentType!: string

  @Field(() => Int, { description: 'Its size in bytes.' })
  byteSize!: number

  @Field(() => String, { description: 'SHA-256 (FIPS 180-4) of its bytes, in lower-case hex.' })
  sha256!: string

  @Field(() => AttachmentStateEnum, { description: 'Where it stands.' })
  state!: AttachmentState

  @Field(() => DateTimeScalar, { description: 'When it was announced.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change.' })
  revision!: number
}
export const toAttachment = (row: AttachmentRow): AttachmentType => toNode(ATTACHMENT_ID, row)
export const AttachmentConnection = connectionOf(() => AttachmentType, 'Attachment', 'files on a ticket')
registerNode(ATTACHMENT_ID, 'Attachment', 'ticket:read', attachmentById, toAttachment)
