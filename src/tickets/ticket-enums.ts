import { registerEnumType } from 'type-graphql'

/** The vocabularies of tickets as GraphQL enums. */

export enum TicketKindEnum {
  FAULT = 'FAULT',
  SUPPORT = 'SUPPORT',
  UPGRADE_PROBLEM = 'UPGRADE_PROBLEM',
}
registerEnumType(TicketKindEnum, {
  name: 'TicketKind',
  description: 'What is asked for. It decides which clocks run. More kinds come.',
  valuesConfig: {
    FAULT: { description: 'A fault: response and fix, both from receipt (clause 2.3.1).' },
    SUPPORT: { description: 'Support: response only (clause 7.2.1).' },
    UPGRADE_PROBLEM: { description: 'A problem while updating: response (clause 6.4.2).' },
  },
})

export enum TicketStateEnum {
  REPORTED = 'REPORTED',
  RESPONDED = 'RESPONDED',
  IN_PROGRESS = 'IN_PROGRESS',
  RESOLVED = 'RESOLVED',
  CLOSED = 'CLOSED',
}
registerEnumType(TicketStateEnum, {
  name: 'TicketState',
  description: 'Where a ticket stands. More states come.',
  valuesConfig: {
    REPORTED: { description: 'Received; nobody has answered.' },
    RESPONDED: { description: 'A person has answered.' },
    IN_PROGRESS: { description: 'Being worked on.' },
    RESOLVED: { description: 'Solved.' },
    CLOSED: { description: 'Done with.' },
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
  RESPOND = 'RESPOND',
  START = 'START',
  RESOLVE = 'RESOLVE',
  CLOSE = 'CLOSE',
}
registerEnumType(TicketActionEnum, {
  name: 'TicketAction',
  description: 'What can be done with a ticket. New ones may be added.',
  valuesConfig: {
    COMMENT: { description: '`ticketComment`.' },
    RESPOND: { description: '`ticketRespond`.' },
    START: { description: '`ticketStart`.' },
    RESOLVE: { description: '`ticketResolve`.' },
    CLOSE: { description: '`ticketClose`.' },
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
