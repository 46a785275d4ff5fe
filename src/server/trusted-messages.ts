import { addMessages } from '../platform/language.js'

addMessages({
  PERSISTED_QUERY_NOT_FOUND: {
    en: 'No document of this id is published for you. None is registered by being sent.',
    'zh-CN': '没有以此标识为您发布的文档。文档不会因发送而自动登记。',
  },
  HASH_DISAGREES: {
    en: 'The query and the id sent with it are not of the same document.',
    'zh-CN': 'query 与随附的标识不属于同一文档。',
  },
  TRUSTED_ONLY: {
    en: 'This app may only send documents that were published for it.',
    'zh-CN': '该应用只能发送已为其发布的文档。',
  },
  MANIFEST_UNREADABLE: {
    en: "The manifest is neither Apollo's (apollo-persisted-query-manifest, version 1) nor the code generator's persistedDocuments.",
    'zh-CN':
      '该清单既不是 Apollo 的清单(apollo-persisted-query-manifest,版本 1),也不是代码生成器的 persistedDocuments。',
  },
  DOCUMENT_NO_TEXT: { en: '{name}: its body is no text.', 'zh-CN': '{name}:其正文不是文本。' },
  DOCUMENT_NOT_ONE_OPERATION: {
    en: '{name}: a document holds one operation, and it has a name of at most 100 characters.',
    'zh-CN': '{name}:一个文档只含一个操作,且须有不超过 100 个字符的名称。',
  },
  DOCUMENT_OTHERWISE_NAMED: {
    en: '{name}: the manifest says another name or type than the document.',
    'zh-CN': '{name}:清单所列的名称或类型与文档不符。',
  },
  DOCUMENT_ID_INVALID: {
    en: '{name}: an id is a SHA-256, or 1 to 128 letters, digits and _ . : ~ + / = -',
    'zh-CN': '{name}:标识应为 SHA-256,或 1 至 128 个字母、数字及 _ . : ~ + / = - 字符。',
  },
  DOCUMENT_ID_WRONG: {
    en: '{name}: its id is not the SHA-256 of its text.',
    'zh-CN': '{name}:其标识不是其文本的 SHA-256。',
  },
  DOCUMENT_CHANGED: {
    en: '{name}: another text stands under its id, and apps that are out there rely on it.',
    'zh-CN': '{name}:其标识下已有另一文本,已发行的应用依赖该文本。',
  },
  DOCUMENT_REFUSED: { en: '{name} is not good: {problem}', 'zh-CN': '{name} 不可发布:{problem}' },
})
