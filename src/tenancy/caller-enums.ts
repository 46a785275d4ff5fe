import type { GraphQLEnumValueConfigMap } from 'graphql'
import { registerEnumType } from 'type-graphql'

/** The vocabularies of callers as GraphQL enums. */

export enum CallerKindEnum {
  STAFF = 'staff',
  CUSTOMER = 'customer',
  APP = 'app',
  SERVICE = 'service',
}
registerEnumType(CallerKindEnum, {
  name: 'CallerKind',
  description: 'The four kinds of callers.',
  valuesConfig: {
    STAFF: { description: 'Sees its tenant.' },
    CUSTOMER: { description: "Sees one customer's records." },
    APP: {
      description:
        "A third party's app: sees what customers authorised, for the purpose its token states (clause 8.2.1).",
    },
    SERVICE: { description: 'Sees what its scopes say, in one tenant or bound to one customer of it.' },
  },
})

export enum RoleEnum {
  ADMIN = 'ADMIN',
  AGENT = 'AGENT',
  FINANCE = 'FINANCE',
  OPERATOR = 'OPERATOR',
  AUDITOR = 'AUDITOR',
  SIGNATORY = 'SIGNATORY',
  MEMBER = 'MEMBER',
}
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a person does.',
  valuesConfig: {
    ADMIN: { description: 'Staff: everything, and signs for the provider.' },
    AGENT: { description: 'Staff: answers tickets.' },
    FINANCE: { description: 'Staff: invoices, payments, damages.' },
    OPERATOR: { description: 'Staff: backups and releases.' },
    AUDITOR: { description: 'Staff: reads all, writes nothing.' },
    SIGNATORY: { description: 'Customer: signs, authorises and decides.' },
    MEMBER: { description: 'Customer: reports and reads.' },
  },
})

export enum PurposeEnum {
  SUPPORT_PORTAL = 'SUPPORT_PORTAL',
  BILLING = 'BILLING',
  SERVICE_CREDITS = 'SERVICE_CREDITS',
  AUDIT = 'AUDIT',
  INTEGRATION = 'INTEGRATION',
  OTHER = 'OTHER',
}
registerEnumType(PurposeEnum, {
  name: 'Purpose',
  description: 'What a third party wants records for (clause 8.2.1).',
  valuesConfig: {
    SUPPORT_PORTAL: { description: 'A portal where support is followed.' },
    BILLING: { description: 'Invoices and payments.' },
    SERVICE_CREDITS: { description: 'Booking credits from breaches.' },
    AUDIT: { description: 'An audit.' },
    INTEGRATION: { description: 'A technical integration.' },
    OTHER: { description: 'Something else, said in words.' },
  },
})

/** The data categories as enum values with their descriptions, in the words of domain.md (Vocabularies). */
export const DATA_CATEGORY_VALUES: GraphQLEnumValueConfigMap = {
  CONTRACT: { description: 'Agreements, versions, clauses, customers.' },
  TICKET: { description: 'Tickets and their history.' },
  CONTACT: { description: "Persons' names, addresses and numbers: personal." },
  INVOICE: { description: 'Invoices and their lines.' },
  PAYMENT: { description: 'Payments.' },
  BACKUP_LOG: { description: 'Backup runs and restores.' },
  CONSENT_RECORD: { description: 'Consents and authorisations.' },
  BREACH: { description: 'Obligations, breaches and assessments.' },
  INCIDENT: { description: 'Security incidents.' },
  ATTACHMENT: { description: 'Files that people attached: personal.' },
}
