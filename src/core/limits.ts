const KiB = 1024;
const MiB = 1024 * KiB;

/**
 * Limits and defaults of the SCF API (version 2018-04-16), each enforced where
 * its name is used. Units are in the names; sizes are bytes unless they say Mb.
 */
export const limits = {
  /** Letters, digits, `-`, `_`; begins with a letter; does not end in `-` or `_`. */
  functionName: { minLength: 2, maxLength: 60, pattern: /^[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])$/ },
  aliasName: { minLength: 1, maxLength: 64, pattern: /^[A-Za-z][A-Za-z0-9_-]*$/ },
  namespaceName: { minLength: 1, maxLength: 30, pattern: /^[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/ },
  handler: { minLength: 2, maxLength: 60 },
  descriptionLength: 1000,
  memoryMb: { default: 128, smallest: 64, min: 128, max: 3072, step: 128 },
  timeoutS: { default: 3, min: 1, max: 900 },
  initTimeoutS: { default: 65, min: 3, max: 300 },
  environment: {
    totalBytes: 4 * KiB,
    keyPattern: /^[A-Za-z][A-Za-z0-9_]*$/,
    reservedPrefixes: ["SCF_", "QCLOUD_", "TENCENTCLOUD_"],
  },
  layerName: { minLength: 1, maxLength: 64, pattern: /^[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/ },
  /** Layers of one function. */
  layers: 5,
  /** Layers of the account. */
  layerNames: 20,
  versionsPerLayer: 200,
  tags: 50,
  triggerName: { maxLength: 100, pattern: /^[A-Za-z0-9_-]+$/ },
  /** Of one function. */
  triggersPerType: 10,
  customArgumentBytes: 4 * KiB,
  functionUrl: { corsEntries: 100, corsEntryLength: 256, corsMaxAgeS: 86_400 },
  maxConcurrency: { min: 1, max: 100, default: 100 },
  webSocketIdleS: { default: 15, min: 1, max: 1800 },
  package: {
    zipBytes: 50 * MiB,
    unpackedBytes: 500 * MiB,
    entries: 100_000,
    showCodeBytes: MiB,
  },
  payload: { syncBytes: 6 * MiB, asyncBytes: 128 * KiB, routingKeyBytes: 1024, logTailBytes: 4 * KiB },
  invocationLog: { bytes: MiB, messageBytes: 8 * KiB },
  namespaces: 5,
  /** Domains of users' own. */
  customDomains: 100_000,
  /** Certificates of users' own. */
  certificates: 100_000,
  /** Paths of one of them. */
  endpointsPerDomain: 100,
  functionsPerNamespace: 50,
  /** Those of `apigateway` 2018-08-08. */
  apiGateway: {
    serviceName: /^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/,
    services: 1_000,
    apisPerService: 1_000,
    /** Older ones are deleted, except those that an environment serves. */
    releasesPerEnvironment: 100,
    api: { list: 100, timeoutS: { min: 1, max: 1_800 }, mockLength: 64 * KiB },
    /** Entries of one reply. */
    page: 100,
    /** Of one search, on all its pages. */
    logsPerSearch: 10_000,
    idsPerCall: 100,
    /** Requests per second of an environment or API. */
    perSecond: 100_000,
    /** Usage plans; and as many IP strategies, plugins and applications. */
    objects: 1_000,
    keys: 10_000,
    rangesPerList: 1_000,
    domainsPerService: 50,
  },
  concurrencyMemoryMb: 128_000,
  async: { retries: 2, minTtlS: 60, maxTtlS: 21_600, queuedPerFunction: 100_000, retryDelayS: 60 },
  tmpMb: 512,
} as const;

/** `$LATEST` is the version under change; `$DEFAULT` the alias that calls without a qualifier take. */
export const qualifiers = { latest: "$LATEST", default: "$DEFAULT" } as const;

export const defaultNamespace = "default";
