import { registerEnumType } from 'type-graphql'

/** The vocabularies of tickets as GraphQL enums. */

export enum TicketKindEnum {
  FAULT = 'FAULT',
  SUPPORT = 'SUPPORT',
  UPGRADE_PROBLEM = 'UPGRADE_PROBLEM',
  CUSTOM_WORK = 'CUSTOM_WORK',
}
registerEnumType(TicketKindEnum, {
  name: 'TicketKind',
  description: 'What is asked for. It decides which clocks run. More kinds come.',
  valuesConfig: {
    FAULT: { description: 'A fault: response and fix, both from receipt (clause 2.3.1).' },
    SUPPORT: { description: 'Support: response only (clause 7.2.1).' },
    UPGRADE_PROBLEM: { description: 'A problem while updating: response (clause 6.4.2).' },
    CUSTOM_WORK: { description: 'Work that is ordered and billed by itself: no clock (clause 2.2.1.4).' },
  },
})

export enum TicketStateEnum {
  REPORTED = 'REPORTED',
  RESPONDED = 'RESPONDED',
  IN_PROGRESS = 'IN_PROGRESS',
  WAITING_CUSTOMER = 'WAITING_CUSTOMER',
  RESOLVED = 'RESOLVED',
  CLOSED = 'CLOSED',
  REOPENED = 'REOPENED',
}
registerEnumType(TicketStateEnum, {
  name: 'TicketState',
  description: 'Where a ticket stands. More states come.',
  valuesConfig: {
    REPORTED: { description: 'Received; nobody has answered.' },
    RESPONDED: { description: 'A person has answered.' },
    IN_PROGRESS: { description: 'Being worked on.' },
    WAITING_CUSTOMER: {
      description: 'The customer was asked something: while a question is open the fix clock stands still.',
    },
    RESOLVED: { description: 'Solved.' },
    CLOSED: { description: 'Done with.' },
    REOPENED: { description: 'Not solved after all: the fix clock goes on where it stopped.' },
  },
})

export enum TicketPriorityEnum {
  LOW = 'LOW',
  NORMAL = 'NORMAL',
  HIGH = 'HIGH',
  URGENT = 'URGENT',
}
registerEnumType(TicketPriorityEnum, {
  name: 'TicketPriority',
  description:
    'In which order people look at it. It changes no clock: the contract names no severity levels.',
  valuesConfig: {
    LOW: { description: 'When there is time.' },
    NORMAL: { description: 'In its turn.' },
    HIGH: { description: 'Before others.' },
    URGENT: { description: 'Now.' },
  },
})

export enum TicketChannelEnum {
  PORTAL = 'PORTAL',
  PHONE = 'PHONE',
  EMAIL = 'EMAIL',
  ONLINE = 'ONLINE',
}
registerEnumType(TicketChannelEnum, {
  name: 'TicketChannel',
  description: 'How it came in (clause 7.1.1).',
  valuesConfig: {
    PORTAL: { description: 'A portal or an app.' },
    PHONE: { description: '电话.' },
    EMAIL: { description: '邮件.' },
    ONLINE: { description: '在线客服.' },
  },
})

export enum TicketActionEnum {
  COMMENT = 'COMMENT',
  ATTACH = 'ATTACH',
  RESPOND = 'RESPOND',
  START = 'START',
  REQUEST_INFO = 'REQUEST_INFO',
  PROVIDE_INFO = 'PROVIDE_INFO',
  RESOLVE = 'RESOLVE',
  CLOSE = 'CLOSE',
  REOPEN = 'REOPEN',
  RECLASSIFY = 'RECLASSIFY',
  MARK_DUPLICATE = 'MARK_DUPLICATE',
}
registerEnumType(TicketActionEnum, {
  name: 'TicketAction',
  description: 'What can be done with a ticket. New ones may be added.',
  valuesConfig: {
    COMMENT: { description: '`ticketComment`.' },
    ATTACH: { description: '`attachmentUploadCreate`.' },
    RESPOND: { description: '`ticketRespond`.' },
    START: { description: '`ticketStart`.' },
    REQUEST_INFO: { description: '`ticketRequestInfo`.' },
    PROVIDE_INFO: { description: '`ticketProvideInfo`.' },
    RESOLVE: { description: '`ticketResolve`.' },
    CLOSE: { description: '`ticketClose`.' },
    REOPEN: { description: '`ticketReopen`.' },
    RECLASSIFY: { description: '`ticketReclassify`.' },
    MARK_DUPLICATE: { description: '`ticketMarkDuplicate`, given an older ticket that it repeats.' },
  },
})

export enum SupportCategoryEnum {
  INSTALLATION = 'INSTALLATION',
  TRAINING = 'TRAINING',
  DIAGNOSIS = 'DIAGNOSIS',
}
registerEnumType(SupportCategoryEnum, {
  name: 'SupportCategory',
  description: 'What support is asked for (clause 7.3.1). New ones may be added.',
  valuesConfig: {
    INSTALLATION: { description: 'Installing and configuring (clause 7.3.1.1).' },
    TRAINING: { description: 'How it is used (clause 7.3.1.2).' },
    DIAGNOSIS: { description: 'Finding out what is wrong (clause 7.3.1.3).' },
  },
})

export enum QuestionStateEnum {
  OPEN = 'OPEN',
  ANSWERED = 'ANSWERED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(QuestionStateEnum, {
  name: 'TicketQuestionState',
  description: 'Where a question to the customer stands.',
  valuesConfig: {
    OPEN: { description: 'Asked: the fix clock stands still.' },
    ANSWERED: { description: 'Answered.' },
    WITHDRAWN: {
      description: 'Not needed any more: the ticket was solved, or closed as a duplicate, first.',
    },
  },
})

export enum TicketActEnum {
  REPORTED = 'REPORTED',
  RESPONDED = 'RESPONDED',
  STARTED = 'STARTED',
  INFO_REQUESTED = 'INFO_REQUESTED',
  INFO_PROVIDED = 'INFO_PROVIDED',
  RESOLVED = 'RESOLVED',
  CLOSED = 'CLOSED',
  REOPENED = 'REOPENED',
  RECLASSIFIED = 'RECLASSIFIED',
  MARKED_DUPLICATE = 'MARKED_DUPLICATE',
}
registerEnumType(TicketActEnum, {
  name: 'TicketActType',
  description: "A step in a ticket's life. New ones may be added.",
  valuesConfig: {
    REPORTED: { description: 'Received.' },
    RESPONDED: { description: 'First answered by a person.' },
    STARTED: { description: 'Work began.' },
    INFO_REQUESTED: { description: 'The customer was asked something.' },
    INFO_PROVIDED: { description: 'A question was answered.' },
    RESOLVED: { description: 'Solved.' },
    CLOSED: { description: 'Done with.' },
    REOPENED: { description: 'Not solved after all.' },
    RECLASSIFIED: { description: 'Something else than was thought: see `kind` and `covered`.' },
    MARKED_DUPLICATE: { description: 'Closed in favour of an older ticket.' },
  },
})

export enum TicketOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(TicketOrderField, {
  name: 'TicketOrderField',
  description: 'What tickets can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were received.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})
