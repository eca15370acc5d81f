import { apiGatewayCodes } from "./apigateway/error-codes.ts";

/**
 * Every code that an API reply can carry, with when it happens. Spelled as Tencent spells them:
 * the ones of every product first, then those of `scf` 2018-04-16, `ssl` 2019-12-05 and `apigateway` 2018-08-08.
 */
export const errorCodes = {
  "AuthFailure.SignatureFailure": "The signature does not fit the request and the secret key.",
  "AuthFailure.SignatureExpire": "The request's timestamp is more than 5 minutes away from the server's clock.",
  "AuthFailure.SecretIdNotFound": "No account has this SecretId.",
  "AuthFailure.InvalidSecretId": "The SecretId is not one of the cloud API.",
  "AuthFailure.TokenFailure":
    "The token of temporary credentials is missing, wrong, of another SecretId, or over its time.",
  "AuthFailure.InvalidAuthorization": "The Authorization header does not have the documented form.",
  UnauthorizedOperation: "The role of the calling function does not permit the action; the message names both.",
  InvalidAction: "No action of this name exists.",
  NoSuchVersion: "The product has no version of this name, or this server does not have the product.",
  InvalidParameter: "A field has the wrong type, or the body is not a JSON object.",
  MissingParameter: "A required field is absent.",
  UnknownParameter: "The action has no field of this name.",
  RequestLimitExceeded: "Too many large requests are being read at the same time; try again.",
  RequestSizeLimitExceeded: "The request body is larger than the largest package needs.",
  UnsupportedProtocol: "The method is neither POST nor GET, or the Content-Type is not understood.",
  InternalError: "The platform failed; its log has the request id. A retry may help.",
  "InternalError.System":
    "The platform's database does not answer now, or its disk is full; the message says which. A retry may help.",
  UnsupportedOperation: "This server does not have the action or the feature yet; the message says which.",

  "FailedOperation.ApiGateway": "The API gateway refused what the trigger asks for; the message says why.",
  "FailedOperation.CopyFunction": "The function to overwrite is of another type.",
  "FailedOperation.DeleteAlias": "The alias cannot be deleted: every function keeps its $DEFAULT.",
  "FailedOperation.DeleteNamespace": "The namespace still has functions.",
  "FailedOperation.FunctionStatusError":
    "The function is being created, updated or deleted, or did not start; the message says its status.",
  "FailedOperation.OperationConflict": "Somebody else changed the function at the same time; read it and try again.",

  "FailedOperation.BoundResources": "Custom domains use the certificate; the message names them.",
  "FailedOperation.CannotBeDeletedIssued": "The platform obtained the certificate for a custom domain, which has it.",
  "FailedOperation.CertificateChainError": "The chain is not in order, or too long; the message says where.",
  "FailedOperation.CertificateEncryptInvalid": "The private key is encrypted, and KeyPassword does not open it.",
  "FailedOperation.CertificateInvalid":
    "The certificate cannot serve: expired, not valid yet, without names, or not for servers; the message says which.",
  "FailedOperation.CertificateMismatch": "The private key is not that of the certificate.",
  "FailedOperation.CertificateNotFound": "There is no certificate of this id.",
  "FailedOperation.CertificateParseError": "The certificate or the private key is not PEM that can be read.",
  "FailedOperation.ExceedsFreeLimit": "There are as many certificates as there may be.",

  "InvalidParameter.Payload": "The event is not JSON text.",
  "InvalidParameter.RequestTooLarge": "The event is over the limit (6 MB sync, 128 KB async).",

  InvalidParameterValue: "A value is outside its documented range; the message names the field and the range.",
  "InvalidParameterValue.AdditionalVersionWeights":
    "A weight is outside [0, 1], or there is more than one additional version.",
  "InvalidParameterValue.Alias": "The alias name breaks its rules, or is reserved.",
  "InvalidParameterValue.ClientContext": "The event is not JSON text.",
  "InvalidParameterValue.Code": "The code package has no file to start, or names no source or several.",
  "InvalidParameterValue.CodeSource": "CodeSource is none of the documented ones.",
  "InvalidParameterValue.CompatibleRuntimes":
    "A runtime of the layer has no name that one could have, or there is none.",
  "InvalidParameterValue.Content": "The layer's content names no source or several.",
  "InvalidParameterValue.CustomArgument": "CustomArgument is over 4 KB.",
  "InvalidParameterValue.DateTime": "A time is not written YYYY-MM-DD HH:MM:SS.",
  "InvalidParameterValue.DefaultNamespace": "The namespace `default` can be neither created nor deleted.",
  "InvalidParameterValue.Description": "The description is longer than 1000 characters.",
  "InvalidParameterValue.DynamicEnabled": "DynamicEnabled is none of TRUE, FALSE and the empty text.",
  "InvalidParameterValue.Enable": "Enable is neither OPEN nor CLOSE.",
  "InvalidParameterValue.Environment": "A variable's name breaks its rules or is there twice.",
  "InvalidParameterValue.EnvironmentExceededLimit": "The variables are over 4 KB together.",
  "InvalidParameterValue.EnvironmentSystemProtect": "A variable's name begins with a reserved prefix.",
  "InvalidParameterValue.Filters": "A filter has an unknown name, or there are more than 10.",
  "InvalidParameterValue.FunctionName": "The function name breaks its rules.",
  "InvalidParameterValue.FunctionRequestId": "The request id is longer than 128 characters.",
  "InvalidParameterValue.FunctionType": "Type is none of Event, HTTP and Service.",
  "InvalidParameterValue.Handler": "The handler breaks its rules, or the package has no file for it.",
  "InvalidParameterValue.IdleTimeOut": "The WebSocket idle time is outside 1–1800 s.",
  "InvalidParameterValue.InstanceConcurrencyConfig": "Concurrency in one instance was set for an event function.",
  "InvalidParameterValue.InvokeType": "InvocationType is neither RequestResponse nor Event.",
  "InvalidParameterValue.LayerName": "The layer name breaks its rules.",
  "InvalidParameterValue.Layers":
    "A layer does not fit the function: another runtime, the same version twice, or too large together with the code.",
  "InvalidParameterValue.Limit": "Limit is outside its range, or Offset and Limit together are.",
  "InvalidParameterValue.MaxConcurrency": "MaxConcurrency is outside 1–100.",
  "InvalidParameterValue.MemorySize": "MemorySize is neither 64 nor a multiple of 128 up to 3072.",
  "InvalidParameterValue.Namespace": "The namespace name breaks its rules.",
  "InvalidParameterValue.Offset": "Offset is negative or too large.",
  "InvalidParameterValue.Order": "Order is neither ASC nor DESC.",
  "InvalidParameterValue.OrderBy": "The field to sort by is none of the documented ones.",
  "InvalidParameterValue.Param": "Two fields contradict each other; the message names them.",
  "InvalidParameterValue.PublicNetConfig": "PublicNetStatus or EipStatus is neither ENABLE nor DISABLE.",
  "InvalidParameterValue.Qualifier": "The qualifier is not one that the action takes.",
  "InvalidParameterValue.RetCode": "Filter.RetCode is none of the documented ones.",
  "InvalidParameterValue.RoutingConfig": "The routing of the alias breaks its rules.",
  "InvalidParameterValue.Runtime": "This server does not have the runtime, or it would change the function's.",
  "InvalidParameterValue.SearchKey": "A search key is none of the documented ones.",
  "InvalidParameterValue.StartTimeOrEndTime": "The time window is empty or longer than one day.",
  "InvalidParameterValue.TraceEnable": "TraceEnable is neither TRUE nor FALSE.",
  "InvalidParameterValue.TriggerDesc":
    "TriggerDesc is not the JSON text that the type of the trigger takes; the message says what is wrong.",
  "InvalidParameterValue.TriggerName": "The name of the trigger breaks its rules.",
  "InvalidParameterValue.Type": "There is no trigger, or no rule of paths, of this type.",
  "InvalidParameterValue.Vpc": "VpcConfig names a network or subnet that cannot be one.",
  "InvalidParameterValue.WebSocketsParams":
    "WebSocket was asked for where it cannot be: event functions do not take it.",
  "InvalidParameterValue.ZipFile":
    "The code package was refused: not a zip, too large, or with an entry that is not allowed.",
  "InvalidParameterValue.ZipFileBase64BinasciiError": "ZipFile is not base64.",

  "LimitExceeded.Function": "The namespace has as many functions as it may.",
  "LimitExceeded.InitTimeout": "InitTimeout is over 300 s.",
  "LimitExceeded.LayerVersions": "The layer has as many versions as it may.",
  "LimitExceeded.Layers": "More than 5 layers of a function, or as many layers as there may be.",
  "LimitExceeded.Namespace": "There are as many namespaces as there may be.",
  "LimitExceeded.Quota":
    "As many asynchronous events of the function are waiting as may, or there are as many custom domains as there may be.",
  "LimitExceeded.Timeout": "Timeout is over 900 s.",
  "LimitExceeded.Trigger": "The function has as many triggers of this type as it may.",

  ResourceInUse: "There is a custom domain of this name, or it leads to a service of the API gateway.",
  "ResourceInUse.Alias": "The function has an alias of this name.",
  "ResourceInUse.FunctionName": "The namespace has a function of this name.",
  "ResourceInUse.Namespace": "There is a namespace of this name.",
  "ResourceInUse.Trigger": "The version or alias has a function URL already.",
  "ResourceInUse.TriggerName": "The version or alias has a trigger of this type and name.",

  ResourceNotFound: "There is no custom domain of this name.",
  "ResourceNotFound.Alias": "The function has no alias of this name.",
  "ResourceNotFound.FunctionName": "The namespace has no function of this name.",
  "ResourceNotFound.FunctionVersion": "The function has no version of this number.",
  "ResourceNotFound.Layer": "There is no layer of this name.",
  "ResourceNotFound.LayerVersion": "The layer has no version of this number, or not any more.",
  "ResourceNotFound.Namespace": "There is no namespace of this name.",
  "ResourceNotFound.Qualifier": "The function has neither a version nor an alias of this name.",
  "ResourceNotFound.Trigger": "The version or alias has no trigger of this type and name.",

  "UnsupportedOperation.AliasBind": "An alias uses the version.",
  "UnsupportedOperation.CopyFunction": "The function would be copied to another region.",
  ...apiGatewayCodes,
} as const satisfies Readonly<Record<string, string>>;

export type ErrorCode = keyof typeof errorCodes;

/** Codes that every action can answer with. */
export const everyActionsErrors = [
  "AuthFailure.SignatureFailure",
  "AuthFailure.SignatureExpire",
  "AuthFailure.SecretIdNotFound",
  "AuthFailure.InvalidSecretId",
  "AuthFailure.TokenFailure",
  "AuthFailure.InvalidAuthorization",
  "UnauthorizedOperation",
  "InvalidAction",
  "NoSuchVersion",
  "InvalidParameter",
  "InvalidParameterValue",
  "MissingParameter",
  "UnknownParameter",
  "RequestLimitExceeded",
  "RequestSizeLimitExceeded",
  "UnsupportedProtocol",
  "InternalError",
  "InternalError.System",
] as const satisfies readonly ErrorCode[];
