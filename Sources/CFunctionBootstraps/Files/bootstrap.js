// What a Node function's process runs around its handler.
//
// It talks to the server by frames on descriptor 3: a byte that says what it is, the lengths of two parts as four bytes each, and the parts.
// Between invocations it waits in a read, so that nothing of the function runs then.
'use strict';
const fs = require('fs');
const Module = require('module');
const path = require('path');
const util = require('util');
const { pathToFileURL } = require('url');

const CHANNEL = 3;
const environment = process.env;
let request = '';
/** The invocation in hand; it is settled once. */
let current = null;

function readExactly(count) {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count;) {
    const got = fs.readSync(CHANNEL, bytes, at, count - at);
    if (got === 0) process.reallyExit(0);
    at += got;
  }
  return bytes;
}

function writeAll(descriptor, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function send(kind, body) {
  const bytes = Buffer.from(body ?? '', 'utf8');
  const head = Buffer.alloc(9);
  head[0] = kind.charCodeAt(0);
  head.writeUInt32BE(0, 1);
  head.writeUInt32BE(bytes.length, 5);
  writeAll(CHANNEL, Buffer.concat([head, bytes]));
}

function line(level, ...values) {
  const text = util.format(...values).replace(/\n/g, '\r');
  writeAll(1, Buffer.from(`${new Date().toISOString()}\t${request || 'undefined'}\t${level}\t${text}\n`));
}

for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['warn', 'WARN'], ['error', 'ERROR'], ['debug', 'DEBUG'], ['trace', 'TRACE']]) {
  console[name] = (...values) => line(level, ...values);
}

function failure(error, type) {
  if (error instanceof Error || (error && typeof error === 'object' && 'message' in error && 'stack' in error)) {
    return { errorType: type ?? error.name ?? 'Error', errorMessage: String(error.message), trace: String(error.stack ?? '').split('\n') };
  }
  return { errorType: type ?? typeof error, errorMessage: String(error), trace: [] };
}

class HandlerFault extends Error {
  constructor(type, text) {
    super(text);
    this.name = type;
  }
}

function described(error) {
  const facts = failure(error);
  return JSON.stringify({ errorType: facts.errorType, errorMessage: facts.errorMessage, ...(error && typeof error === 'object' ? error : {}), stack: facts.trace });
}

// MARK: The SDK

const SDK_PACKAGE = /^@aws-sdk\/client-([a-z0-9-]+)$/;
const loadInstalled = Module._load;
const told = new Set();

/**
 * Functions of custom resources send their responses by TLS to the host that the address names, which is this server, and it may speak none.
 * The module is changed when a function asks for it: loading it takes time.
 */
function answering(https) {
  const secure = https.request;
  if (secure.isAnswering) return https;
  https.request = function (options, ...rest) {
    const path = String(options?.path ?? options?.pathname ?? '');
    if (!path.startsWith('/_aws/cloudformation/responses/') || !environment.AWS_ENDPOINT_URL?.startsWith('http:')) {
      return secure.call(this, options, ...rest);
    }
    const { hostname, port } = new URL(environment.AWS_ENDPOINT_URL);
    return require('http').request({ method: options.method, headers: options.headers, path, hostname, port }, ...rest);
  };
  https.request.isAnswering = true;
  return https;
}

// A package of the SDK that is installed nowhere is our stand-in for it.
Module._load = function (name, ...rest) {
  if (name === 'https' || name === 'node:https') return answering(loadInstalled.call(this, name, ...rest));
  const service = typeof name === 'string' ? SDK_PACKAGE.exec(name)?.[1] : undefined;
  if (!service) return loadInstalled.call(this, name, ...rest);
  try {
    return loadInstalled.call(this, name, ...rest);
  } catch (error) {
    if (error?.code !== 'MODULE_NOT_FOUND' || !error.message.includes(`'${name}'`)) throw error;
    const found = require('./sdk.js')(service);
    if (!found) throw error;
    if (!told.has(service)) console.info(`${name} is neither in the deployment package nor on NODE_PATH: this is personalite's stand-in for it`);
    told.add(service);
    return found;
  }
};

// MARK: The handler

async function load(name) {
  const slash = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', slash);
  if (dot < 0) throw new HandlerFault('Runtime.MalformedHandlerName', 'Bad handler');
  const [module, names] = [name.slice(0, dot), name.slice(dot + 1).split('.')];
  const root = environment.LAMBDA_TASK_ROOT;
  const base = path.resolve(root, module);
  if (base !== root && !base.startsWith(root + path.sep)) throw new HandlerFault('Runtime.MalformedHandlerName', `'${name}' is not a valid handler name`);
  let value = await loadModule(base, module);
  for (const part of names) value = value?.[part] ?? value?.default?.[part];
  if (value === undefined) throw new HandlerFault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof value !== 'function') throw new HandlerFault('Runtime.HandlerNotFound', `${name} is not a function`);
  if (value[Symbol.for('aws.lambda.runtime.handler.streaming')]) {
    throw new HandlerFault('Runtime.HandlerNotFound', `${name} streams its response, which is not carried out here`);
  }
  return value;
}

async function loadModule(base, module) {
  try {
    for (const ending of ['.js', '.mjs', '.cjs']) {
      if (!fs.existsSync(base + ending)) continue;
      if (ending === '.mjs' || (ending === '.js' && isModule(base))) {
        // Versions of Node that have no hooks find what is in the package only.
        Module.register?.(pathToFileURL(path.join(__dirname, 'modules.mjs')).href);
        return await import(pathToFileURL(base + ending).href);
      }
      return require(base + ending);
    }
    return require(fs.existsSync(base) ? base : module);
  } catch (error) {
    if (error instanceof SyntaxError) error.name = 'Runtime.UserCodeSyntaxError';
    else if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      const fault = new HandlerFault('Runtime.ImportModuleError', `Error: ${error.message}`);
      fault.stack = `Runtime.ImportModuleError: ${fault.message}\n${String(error.stack).split('\n').slice(1).join('\n')}`;
      throw fault;
    }
    throw error;
  }
}

/** Whether the package.json above a file says that its scripts are modules. */
function isModule(file) {
  const root = environment.LAMBDA_TASK_ROOT;
  for (let folder = path.dirname(file); folder.startsWith(root); folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module';
    } catch (error) {
      if (error.code !== 'ENOENT') return false;
    }
  }
  return false;
}

// MARK: One invocation after the other

function settle(invocation, kind, body) {
  if (invocation !== current) return;
  current = null;
  send(kind, body);
  setImmediate(next);
}

function succeed(invocation, value) {
  let body;
  try {
    body = JSON.stringify(value === undefined ? null : value) ?? 'null';
  } catch (error) {
    return fail(invocation, new HandlerFault('Runtime.MarshalError', `Unable to marshal response: ${error.message}`));
  }
  settle(invocation, 'r', body);
}

function fail(invocation, error) {
  if (invocation !== current) return;
  line('ERROR', 'Invoke Error \t' + described(error));
  settle(invocation, 'e', JSON.stringify(failure(error)));
}

function finish(invocation, error, value) {
  return error === undefined || error === null ? succeed(invocation, value) : fail(invocation, error);
}

function contextOf(facts, invocation) {
  const callback = (error, value) => {
    if (invocation !== current || invocation.answer) return;
    if (invocation.context.callbackWaitsForEmptyEventLoop) invocation.answer = [error, value];
    else finish(invocation, error, value);
  };
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: facts.client ? JSON.parse(facts.client) : undefined,
    identity: undefined,
    invokedFunctionArn: facts.arn,
    awsRequestId: facts.id,
    getRemainingTimeInMillis: () => Math.max(facts.deadline - Date.now(), 0),
    succeed: (value) => { context.callbackWaitsForEmptyEventLoop = false; callback(null, value); },
    fail: (error) => { context.callbackWaitsForEmptyEventLoop = false; callback(error ?? new Error('handled'), undefined); },
    done: (error, value) => { context.callbackWaitsForEmptyEventLoop = false; callback(error, value); },
  };
  return [context, callback];
}

function next() {
  const head = readExactly(9);
  const facts = JSON.parse(readExactly(head.readUInt32BE(1)).toString('utf8'));
  const event = readExactly(head.readUInt32BE(5)).toString('utf8');
  request = facts.id;
  environment._X_AMZN_TRACE_ID = facts.trace;
  const invocation = { answer: null, context: null };
  current = invocation;
  try {
    const [context, callback] = contextOf(facts, invocation);
    invocation.context = context;
    const value = handler(event.trim() === '' ? {} : JSON.parse(event), context, callback);
    if (value && typeof value.then === 'function') value.then((result) => succeed(invocation, result), (error) => fail(invocation, error));
    else if (handler.length < 3 && value !== undefined) succeed(invocation, value);
  } catch (error) {
    fail(invocation, error);
  }
}

// Nothing is left to do: what a callback said is the answer, or nothing at all.
process.on('beforeExit', () => {
  if (current) finish(current, ...(current.answer ?? [null, null]));
});

function fatal(error, type) {
  const facts = failure(error, type);
  line('ERROR', type ? 'Unhandled Promise Rejection \t' : 'Uncaught Exception \t', JSON.stringify(facts));
  if (current) send('x', JSON.stringify(facts));
  else if (!handler) send('i', JSON.stringify(facts));
  process.reallyExit(type ? 128 : 129);
}

process.on('uncaughtException', (error) => fatal(error));
process.on('unhandledRejection', (reason) => {
  const error = new HandlerFault('Runtime.UnhandledPromiseRejection', String(reason));
  if (reason?.stack) error.stack = `Runtime.UnhandledPromiseRejection: ${reason}\n${String(reason.stack)}`;
  fatal(error, 'Runtime.UnhandledPromiseRejection');
});

let handler = null;
load(environment._HANDLER).then((found) => {
  handler = found;
  send('s');
  setImmediate(next);
}, (error) => {
  line('ERROR', 'Uncaught Exception \t', described(error));
  send('i', JSON.stringify(failure(error)));
  process.reallyExit(1);
});
