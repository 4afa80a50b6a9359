// A stand-in for packages `@aws-sdk/client-*`, for functions of Node whose deployment package does not bring them and where none is installed.
//
// It speaks to the services that are here, with the names, answers and errors of version 3 of the SDK: clients with `send` and with a method for each
// operation, commands, and exceptions. It has no paginators, waiters and middleware; an export that it does not have is undefined.
'use strict';
const crypto = require('crypto');
const http = require('http');
const https = require('https');
const { Readable } = require('stream');

const words = (text) => text.trim().split(/\s+/);

const parameters = words('GetParameter GetParameters GetParametersByPath PutParameter DeleteParameter DeleteParameters DescribeParameters');
const figures = words('PutMetricData GetMetricData GetMetricStatistics ListMetrics');

/** By package: how it is asked, what can be asked, and which members are bytes and times. Times of Personalize end in DateTime. */
const services = {
  personalize: {
    title: 'Personalize', target: 'AmazonPersonalize', times: /DateTime$/,
    operations: words(`
      CreateBatchInferenceJob CreateBatchSegmentJob CreateCampaign CreateDataDeletionJob CreateDataset CreateDatasetExportJob CreateDatasetGroup
      CreateDatasetImportJob CreateEventTracker CreateFilter CreateMetricAttribution CreateRecommender CreateSchema CreateSolution
      CreateSolutionVersion DeleteCampaign DeleteDataset DeleteDatasetGroup DeleteEventTracker DeleteFilter DeleteMetricAttribution
      DeleteRecommender DeleteSchema DeleteSolution DescribeAlgorithm DescribeBatchInferenceJob DescribeBatchSegmentJob DescribeCampaign
      DescribeDataDeletionJob DescribeDataset DescribeDatasetExportJob DescribeDatasetGroup DescribeDatasetImportJob DescribeEventTracker
      DescribeFeatureTransformation DescribeFilter DescribeMetricAttribution DescribeRecipe DescribeRecommender DescribeSchema DescribeSolution
      DescribeSolutionVersion GetSolutionMetrics ListBatchInferenceJobs ListBatchSegmentJobs ListCampaigns ListDataDeletionJobs
      ListDatasetExportJobs ListDatasetGroups ListDatasetImportJobs ListDatasets ListEventTrackers ListFilters ListMetricAttributionMetrics
      ListMetricAttributions ListRecipes ListRecommenders ListSchemas ListSolutionVersions ListSolutions ListTagsForResource StartRecommender
      StopRecommender StopSolutionVersionCreation TagResource UntagResource UpdateCampaign UpdateDataset UpdateMetricAttribution
      UpdateRecommender UpdateSolution`),
    errors: words(`InvalidInputException InvalidNextTokenException LimitExceededException ResourceAlreadyExistsException ResourceInUseException
      ResourceNotFoundException TooManyTagKeysException TooManyTagsException`),
  },
  'personalize-runtime': {
    title: 'PersonalizeRuntime', signedAs: 'personalize', errors: words('InvalidInputException ResourceNotFoundException'),
    paths: {
      GetRecommendations: '/recommendations', GetPersonalizedRanking: '/personalize-ranking', GetActionRecommendations: '/action-recommendations',
    },
  },
  'personalize-events': {
    title: 'PersonalizeEvents', signedAs: 'personalize', texts: /^properties$/,
    errors: words('InvalidInputException ResourceInUseException ResourceNotFoundException'),
    paths: {
      PutEvents: '/events', PutItems: '/items', PutUsers: '/users', PutActions: '/actions', PutActionInteractions: '/action-interactions',
    },
  },
  kinesis: {
    title: 'Kinesis', target: 'Kinesis_20131202', times: /Timestamp$/, bytes: /^Data$/,
    operations: words(`
      AddTagsToStream CreateStream DecreaseStreamRetentionPeriod DeleteResourcePolicy DeleteStream DeregisterStreamConsumer
      DescribeAccountSettings DescribeLimits DescribeStream DescribeStreamConsumer DescribeStreamSummary DisableEnhancedMonitoring
      EnableEnhancedMonitoring GetRecords GetResourcePolicy GetShardIterator IncreaseStreamRetentionPeriod ListShards ListStreamConsumers
      ListStreams ListTagsForResource ListTagsForStream MergeShards PutRecord PutRecords PutResourcePolicy RegisterStreamConsumer
      RemoveTagsFromStream SplitShard StartStreamEncryption StopStreamEncryption TagResource UntagResource UpdateAccountSettings
      UpdateMaxRecordSize UpdateShardCount UpdateStreamMode UpdateStreamWarmThroughput`),
    errors: words(`AccessDeniedException ExpiredIteratorException ExpiredNextTokenException InternalFailureException InvalidArgumentException
      LimitExceededException ProvisionedThroughputExceededException ResourceInUseException ResourceNotFoundException ValidationException`),
  },
  firehose: {
    title: 'Firehose', target: 'Firehose_20150804', times: /Timestamp$/, bytes: /^Data$/,
    operations: words(`
      CreateDeliveryStream DeleteDeliveryStream DescribeDeliveryStream ListDeliveryStreams ListTagsForDeliveryStream PutRecord PutRecordBatch
      StartDeliveryStreamEncryption StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream UpdateDestination`),
    errors: words(`ConcurrentModificationException InvalidArgumentException LimitExceededException ResourceInUseException
      ResourceNotFoundException ServiceUnavailableException`),
  },
  ssm: {
    title: 'SSM', target: 'AmazonSSM', times: /Date$/, operations: parameters,
    errors: words('ParameterAlreadyExists ParameterLimitExceeded ParameterNotFound ParameterVersionNotFound TooManyUpdates'),
  },
  cloudwatch: {
    title: 'CloudWatch', target: 'GraniteServiceVersion20100801', version: '1.0', signedAs: 'monitoring', times: /^(Timestamps?|StartTime|EndTime)$/,
    operations: figures, errors: words('InvalidParameterCombinationException InvalidParameterValueException MissingRequiredParameterException'),
  },
  lambda: {
    title: 'Lambda', operations: ['Invoke'], request: invocation, answer: invoked,
    errors: words('InvalidRequestContentException ResourceNotFoundException ServiceException TooManyRequestsException'),
  },
  s3: {
    title: 'S3', request: objectRequest, answer: objectAnswer, errors: words('NoSuchBucket NoSuchKey NotFound'),
    operations: words(`GetObject HeadObject PutObject DeleteObject CopyObject ListObjectsV2 ListObjectVersions DeleteObjects GetBucketTagging GetBucketPolicy
      PutBucketPolicy`),
  },
};

// MARK: JSON

const base64 = (value) => Buffer.from(value.buffer ?? value, value.byteOffset, value.byteLength).toString('base64');

/** A value as it goes out. */
function outward(value, name, service) {
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return base64(value);
  if (service.bytes?.test(name) && typeof value === 'string') return Buffer.from(value).toString('base64');
  if (service.texts?.test(name) && typeof value === 'object' && value !== null) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map((item) => outward(item, name, service));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, outward(item, key, service)]));
}

/** A value as it came in. */
function inward(value, name, service) {
  if (typeof value === 'number' && service.times?.test(name)) return new Date(value * 1000);
  if (typeof value === 'string' && service.bytes?.test(name)) return new Uint8Array(Buffer.from(value, 'base64'));
  if (Array.isArray(value)) return value.map((item) => inward(item, name, service));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => [key, inward(item, key, service)]));
}

function jsonRequest(service, operation, input) {
  const body = Buffer.from(JSON.stringify(outward(input, '', service)));
  if (service.paths) return { method: 'POST', path: service.paths[operation], headers: { 'content-type': 'application/json' }, body };
  const headers = { 'content-type': `application/x-amz-json-${service.version ?? '1.1'}`, 'x-amz-target': `${service.target}.${operation}` };
  return { method: 'POST', path: '/', headers, body };
}

// MARK: Members of paths

/** A member that is part of the address: in its absence another would be asked for. */
function label(input, name) {
  const value = input[name];
  if (value === undefined || value === null) throw new Error(`No value provided for input HTTP label: ${name}.`);
  if (String(value) === '') throw new Error(`Empty value provided for input HTTP label: ${name}.`);
  return String(value);
}

/** Throws for members that would be passed over. */
function check(name, operation, input, taken) {
  const other = Object.keys(input).find((member) => input[member] !== undefined && !taken.includes(member));
  if (other === undefined) return;
  throw new Error(`${other} of ${operation} is not carried out by this stand-in for @aws-sdk/client-${name}: put the package into the function's archive`);
}

// MARK: Lambda

function invocation(_, input) {
  check('lambda', 'Invoke', input, words('FunctionName InvocationType LogType ClientContext Qualifier Payload'));
  const headers = { 'content-type': 'application/json', 'x-amz-invocation-type': input.InvocationType ?? 'RequestResponse' };
  if (input.LogType) headers['x-amz-log-type'] = input.LogType;
  if (input.ClientContext) headers['x-amz-client-context'] = input.ClientContext;
  const query = input.Qualifier ? `?Qualifier=${encode(input.Qualifier)}` : '';
  const body = Buffer.from(input.Payload ?? '');
  return { method: 'POST', path: `/2015-03-31/functions/${encode(label(input, 'FunctionName'))}/invocations${query}`, headers, body };
}

function invoked(_, answer) {
  const { headers } = answer;
  return {
    StatusCode: answer.status, FunctionError: headers['x-amz-function-error'], LogResult: headers['x-amz-log-result'],
    ExecutedVersion: headers['x-amz-executed-version'],
    Payload: Object.assign(new Uint8Array(answer.body), { transformToString: () => answer.body.toString() }),
  };
}

// MARK: S3

const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const methods = { GetObject: 'GET', ListObjectsV2: 'GET', HeadObject: 'HEAD', PutObject: 'PUT', CopyObject: 'PUT', DeleteObject: 'DELETE' };
const listMembers = {
  Prefix: 'prefix', Delimiter: 'delimiter', MaxKeys: 'max-keys', ContinuationToken: 'continuation-token', StartAfter: 'start-after',
};
const headerMembers = { ContentType: 'content-type', CacheControl: 'cache-control', ContentEncoding: 'content-encoding',
  ContentDisposition: 'content-disposition', Range: 'range', IfMatch: 'if-match', IfNoneMatch: 'if-none-match', CopySource: 'x-amz-copy-source',
  MetadataDirective: 'x-amz-metadata-directive' };
const written = 'ContentType CacheControl ContentEncoding ContentDisposition Metadata';
const objectMembers = {
  GetObject: words('Bucket Key VersionId Range IfMatch IfNoneMatch'), HeadObject: words('Bucket Key VersionId Range IfMatch IfNoneMatch'),
  PutObject: words(`Bucket Key Body IfMatch IfNoneMatch ${written}`), DeleteObject: words('Bucket Key VersionId IfMatch'),
  CopyObject: words(`Bucket Key CopySource MetadataDirective ${written}`),
  ListObjectsV2: words('Bucket Prefix Delimiter MaxKeys ContinuationToken StartAfter'),
  ListObjectVersions: words('Bucket Prefix KeyMarker VersionIdMarker'), DeleteObjects: words('Bucket Delete'),
  GetBucketTagging: words('Bucket'), GetBucketPolicy: words('Bucket'), PutBucketPolicy: words('Bucket Policy'),
};

/** Operations of whole buckets: their method, and what stands in the query. */
const bucketQueries = {
  ListObjectVersions: ['GET', 'versions'], DeleteObjects: ['POST', 'delete'], GetBucketTagging: ['GET', 'tagging'], GetBucketPolicy: ['GET', 'policy'],
  PutBucketPolicy: ['PUT', 'policy'],
};
const escaped = (text) => String(text).replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function bucketRequest(operation, input) {
  const [method, query] = bucketQueries[operation];
  let body = input.Policy ?? '';
  if (operation === 'DeleteObjects') {
    const objects = input.Delete.Objects.map(({ Key, VersionId }) => (
      `<Object><Key>${escaped(Key)}</Key>${VersionId ? `<VersionId>${escaped(VersionId)}</VersionId>` : ''}</Object>`));
    body = `<Delete>${objects.join('')}${input.Delete.Quiet ? '<Quiet>true</Quiet>' : ''}</Delete>`;
  }
  const headers = body ? { 'content-md5': crypto.createHash('md5').update(body).digest('base64') } : {};
  const marks = { KeyMarker: 'key-marker', VersionIdMarker: 'version-id-marker', Prefix: 'prefix' };
  const more = Object.entries(marks).filter(([member]) => method === 'GET' && input[member]).map(([member, name]) => `&${name}=${encode(input[member])}`);
  return { method, path: `/${label(input, 'Bucket')}?${query}${more.join('')}`, headers, body: Buffer.from(body) };
}

function bucketAnswer(operation, text) {
  const versions = (name) => elements(text, name).map((item) => ({
    Key: element(item, 'Key'), VersionId: element(item, 'VersionId'), IsLatest: element(item, 'IsLatest') === 'true',
  }));
  switch (operation) {
    case 'ListObjectVersions':
      return {
        Name: element(text, 'Name'), IsTruncated: element(text, 'IsTruncated') === 'true', NextKeyMarker: element(text, 'NextKeyMarker'),
        NextVersionIdMarker: element(text, 'NextVersionIdMarker'), Versions: versions('Version'), DeleteMarkers: versions('DeleteMarker'),
      };
    case 'DeleteObjects':
      return {
        Deleted: elements(text, 'Deleted').map((item) => ({ Key: element(item, 'Key'), VersionId: element(item, 'VersionId') })),
        Errors: elements(text, 'Error').map((item) => ({ Key: element(item, 'Key'), Code: element(item, 'Code'), Message: element(item, 'Message') })),
      };
    case 'GetBucketTagging': return { TagSet: elements(text, 'Tag').map((item) => ({ Key: element(item, 'Key'), Value: element(item, 'Value') })) };
    case 'GetBucketPolicy': return { Policy: text };
    default: return {};
  }
}

function objectRequest(operation, input) {
  check('s3', operation, input, objectMembers[operation]);
  if (bucketQueries[operation]) return bucketRequest(operation, input);
  if (operation === 'ListObjectsV2') {
    const given = Object.entries(listMembers).filter(([member]) => input[member] !== undefined);
    const query = ['list-type=2', ...given.map(([member, name]) => `${name}=${encode(String(input[member]))}`)];
    return { method: 'GET', path: `/${label(input, 'Bucket')}?${query.join('&')}`, headers: {}, body: Buffer.alloc(0) };
  }
  const headers = {};
  for (const [member, name] of Object.entries(headerMembers)) if (input[member] !== undefined) headers[name] = String(input[member]);
  for (const [name, value] of Object.entries(input.Metadata ?? {})) headers[`x-amz-meta-${name.toLowerCase()}`] = String(value);
  const version = input.VersionId === undefined ? '' : `?versionId=${encode(input.VersionId)}`;
  const path = `/${label(input, 'Bucket')}/${label(input, 'Key').split('/').map(encode).join('/')}${version}`;
  return { method: methods[operation], path, headers, body: operation === 'PutObject' ? Buffer.from(input.Body ?? '') : Buffer.alloc(0) };
}

const plain = (text) => text.replace(/&(lt|gt|quot|apos|amp|#x?[0-9a-fA-F]+);/g, (all, name) => {
  if (name[0] === '#') return String.fromCodePoint(name[1] === 'x' ? parseInt(name.slice(2), 16) : Number(name.slice(1)));
  return { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }[name];
});
const element = (text, name) => {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text);
  return found ? plain(found[1]) : undefined;
};
const elements = (text, name) => [...text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map((found) => found[1]);

function objectAnswer(operation, answer) {
  const { headers, body } = answer;
  if (bucketQueries[operation]) return bucketAnswer(operation, body.toString());
  if (operation === 'ListObjectsV2') {
    const text = body.toString();
    const contents = elements(text, 'Contents').map((item) => ({
      Key: element(item, 'Key'), LastModified: new Date(element(item, 'LastModified')), ETag: element(item, 'ETag'), Size: Number(element(item, 'Size')),
      StorageClass: element(item, 'StorageClass'),
    }));
    const prefixes = elements(text, 'CommonPrefixes').map((item) => ({ Prefix: element(item, 'Prefix') }));
    return {
      Name: element(text, 'Name'), Prefix: element(text, 'Prefix'), KeyCount: Number(element(text, 'KeyCount')),
      MaxKeys: Number(element(text, 'MaxKeys')), IsTruncated: element(text, 'IsTruncated') === 'true',
      NextContinuationToken: element(text, 'NextContinuationToken'), ...(contents.length ? { Contents: contents } : {}),
      ...(prefixes.length ? { CommonPrefixes: prefixes } : {}),
    };
  }
  if (operation === 'CopyObject') return { CopyObjectResult: { ETag: element(body.toString(), 'ETag') } };
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')).map(([name, value]) => [name.slice(11), value]);
  const facts = { ETag: headers.etag, VersionId: headers['x-amz-version-id'] };
  if (operation === 'PutObject' || operation === 'DeleteObject') return facts;
  Object.assign(facts, {
    ContentLength: Number(headers['content-length']), ContentType: headers['content-type'], Metadata: Object.fromEntries(metadata),
    LastModified: headers['last-modified'] ? new Date(headers['last-modified']) : undefined,
  });
  if (operation === 'GetObject') {
    facts.Body = Object.assign(Readable.from([body], { objectMode: false }), {
      transformToString: async (encoding) => body.toString(encoding ?? 'utf8'), transformToByteArray: async () => new Uint8Array(body),
    });
  }
  return facts;
}

// MARK: Requests

const hash = (text) => crypto.createHash('sha256').update(text).digest('hex');
const keyed = (key, text) => crypto.createHmac('sha256', key).update(text).digest();

/** The headers of a request with a signature of version 4. */
function signed(request, host, service, region, credentials) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const payload = hash(request.body);
  const headers = { ...request.headers, host, 'x-amz-date': time, 'x-amz-content-sha256': payload };
  if (credentials.sessionToken) headers['x-amz-security-token'] = credentials.sessionToken;
  const names = Object.keys(headers).sort();
  const [path, query = ''] = request.path.split('?');
  // S3 signs a path as it is sent; the others encode it once more.
  const shown = service === 's3' ? path : path.split('/').map(encode).join('/');
  const fields = names.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}\n`).join('');
  const list = query.split('&').filter(Boolean).map((part) => (part.includes('=') ? part : `${part}=`)).sort().join('&');
  const canonical = [request.method, shown, list, fields, names.join(';'), payload].join('\n');
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = scope.split('/').reduce(keyed, `AWS4${credentials.secretAccessKey}`);
  const signature = keyed(key, ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n')).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, 'content-length': request.body.length };
}

const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

function exchange(endpoint, request, headers) {
  return new Promise((resolve, reject) => {
    const options = { method: request.method, path: request.path, headers, agent: agents[endpoint.protocol], host: endpoint.hostname, port: endpoint.port };
    const sent = (endpoint.protocol === 'https:' ? https : http).request(options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    sent.on('error', reject);
    sent.end(request.body);
  });
}

const given = async (value) => (typeof value === 'function' ? value() : value);
const throttles = /^(Throttling|TooManyRequests|ProvisionedThroughputExceeded|SlowDown)/;

function client(name) {
  const service = services[name];
  const operations = service.operations ?? Object.keys(service.paths);
  const exported = {};

  class ServiceException extends Error {
    constructor(facts) {
      super(facts.message ?? 'UnknownError');
      Object.assign(this, { name: facts.name, $fault: facts.$fault, $metadata: facts.$metadata });
    }
  }
  exported[`${service.title}ServiceException`] = ServiceException;
  for (const error of service.errors) {
    exported[error] = { [error]: class extends ServiceException {
      constructor(facts) { super({ $fault: 'client', ...facts, name: error }); }
    } }[error];
  }

  function failure(answer, metadata) {
    let told = {};
    try { told = JSON.parse(answer.body.toString()) ?? {}; } catch { /* XML, or nothing. */ }
    const text = answer.body.toString();
    const code = String(answer.headers['x-amzn-errortype'] ?? told.__type ?? element(text, 'Code') ?? (answer.status === 404 ? 'NotFound' : 'UnknownError'));
    const name = code.split(':')[0].split('#').pop();
    const message = told.message ?? told.Message ?? element(text, 'Message') ?? name;
    const Kind = Object.hasOwn(exported, name) ? exported[name] : ServiceException;
    return new Kind({ name, message, $fault: answer.status >= 500 ? 'server' : 'client', $metadata: metadata });
  }

  class Client {
    constructor(config = {}) {
      this.config = config;
    }

    async send(command, ...rest) {
      const callback = rest.find((item) => typeof item === 'function');
      const result = this.run(command);
      if (!callback) return result;
      result.then((value) => callback(null, value), callback);
    }

    async run({ operation, input }) {
      const environment = process.env;
      const own = environment[`AWS_ENDPOINT_URL_${name.toUpperCase().replace(/-/g, '_')}`] ?? environment.AWS_ENDPOINT_URL;
      const place = (await given(this.config.endpoint)) ?? own;
      if (!place) throw new Error(`There is no endpoint for @aws-sdk/client-${name}: AWS_ENDPOINT_URL is not set`);
      const endpoint = new URL(typeof place === 'string' ? place : `${place.protocol}//${place.hostname}${place.port ? `:${place.port}` : ''}`);
      const region = (await given(this.config.region)) ?? environment.AWS_REGION;
      if (!region) throw new Error('Region is missing');
      const credentials = (await given(this.config.credentials)) ?? {
        accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY, sessionToken: environment.AWS_SESSION_TOKEN,
      };
      const request = service.request ? service.request(operation, input) : jsonRequest(service, operation, input);
      const most = Number(await given(this.config.maxAttempts)) || 3;
      for (let attempts = 1, waited = 0; ; attempts++) {
        const headers = signed(request, endpoint.host, service.signedAs ?? name, region, credentials);
        let answer;
        let fault;
        try {
          answer = await exchange(endpoint, request, headers);
        } catch (error) {
          fault = error;
        }
        if (answer) {
          const metadata = {
            httpStatusCode: answer.status, requestId: answer.headers['x-amzn-requestid'] ?? answer.headers['x-amz-request-id'],
            attempts, totalRetryDelay: waited,
          };
          if (answer.status < 300) {
            const text = service.answer ? '' : answer.body.toString();
            const output = service.answer ? service.answer(operation, answer) : inward(text ? JSON.parse(text) : {}, '', service);
            return { $metadata: metadata, ...output };
          }
          fault = failure(answer, metadata);
          if (answer.status < 500 && answer.status !== 429 && !throttles.test(fault.name)) throw fault;
        }
        if (attempts >= most) throw fault;
        const pause = Math.floor(Math.random() * 100 * 2 ** attempts);
        waited += pause;
        await new Promise((resolve) => { setTimeout(resolve, pause); });
      }
    }

    destroy() {}
  }
  exported[`${service.title}Client`] = Client;
  const whole = { [service.title]: class extends Client {} }[service.title];
  for (const operation of operations) {
    const title = `${operation}Command`;
    const Command = { [title]: class {
      constructor(input = {}) {
        this.input = input;
      }

      get operation() { return operation; }
    } }[title];
    exported[title] = Command;
    whole.prototype[operation[0].toLowerCase() + operation.slice(1)] = function (input, ...rest) { return this.send(new Command(input), ...rest); };
  }
  exported[service.title] = whole;
  return exported;
}

const made = {};

/** What `require('@aws-sdk/client-NAME')` gives; undefined for a service that is not here. */
module.exports = (name) => {
  if (!Object.hasOwn(services, name)) return undefined;
  return (made[name] ??= client(name));
};
