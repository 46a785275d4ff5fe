/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query FirstAgreements($first: Int = 20, $after: String) {\n  agreements(first: $first, after: $after) {\n    totalCount\n    nodes {\n      id\n      number\n      state\n      endsOn\n      customer {\n        name\n      }\n      currentVersion {\n        contentHash\n        missingTerms {\n          clause\n          name\n        }\n        terms {\n          responseHours\n          fixHours\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation ImportAgreement($input: AgreementImportInput!) {\n  agreementImport(input: $input) {\n    agreement {\n      id\n      number\n      currentVersion {\n        clauses {\n          number\n          text\n        }\n        warnings {\n          code\n          clause\n        }\n      }\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}": typeof types.FirstAgreementsDocument,
};
const documents: Documents = {
    "query FirstAgreements($first: Int = 20, $after: String) {\n  agreements(first: $first, after: $after) {\n    totalCount\n    nodes {\n      id\n      number\n      state\n      endsOn\n      customer {\n        name\n      }\n      currentVersion {\n        contentHash\n        missingTerms {\n          clause\n          name\n        }\n        terms {\n          responseHours\n          fixHours\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation ImportAgreement($input: AgreementImportInput!) {\n  agreementImport(input: $input) {\n    agreement {\n      id\n      number\n      currentVersion {\n        clauses {\n          number\n          text\n        }\n        warnings {\n          code\n          clause\n        }\n      }\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}": types.FirstAgreementsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FirstAgreements($first: Int = 20, $after: String) {\n  agreements(first: $first, after: $after) {\n    totalCount\n    nodes {\n      id\n      number\n      state\n      endsOn\n      customer {\n        name\n      }\n      currentVersion {\n        contentHash\n        missingTerms {\n          clause\n          name\n        }\n        terms {\n          responseHours\n          fixHours\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation ImportAgreement($input: AgreementImportInput!) {\n  agreementImport(input: $input) {\n    agreement {\n      id\n      number\n      currentVersion {\n        clauses {\n          number\n          text\n        }\n        warnings {\n          code\n          clause\n        }\n      }\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}"): (typeof documents)["query FirstAgreements($first: Int = 20, $after: String) {\n  agreements(first: $first, after: $after) {\n    totalCount\n    nodes {\n      id\n      number\n      state\n      endsOn\n      customer {\n        name\n      }\n      currentVersion {\n        contentHash\n        missingTerms {\n          clause\n          name\n        }\n        terms {\n          responseHours\n          fixHours\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation ImportAgreement($input: AgreementImportInput!) {\n  agreementImport(input: $input) {\n    agreement {\n      id\n      number\n      currentVersion {\n        clauses {\n          number\n          text\n        }\n        warnings {\n          code\n          clause\n        }\n      }\n    }\n    userErrors {\n      code\n      field\n      message\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;