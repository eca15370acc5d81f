// Error codes of apigateway 2018-08-08 as the SDKs of Tencent Cloud list them (Apache-2.0): head, and what follows the dot ("-": the head alone).
export const documentedApiGatewayCodes: Readonly<Record<string, string>> = {
  AuthFailure: "-",
  DryRunOperation: "-",
  FailedOperation:
    "- AccessKeyExist ApiBindEnvironmen ApiBindEnvironment ApiError ApiInOperation BackendDomainError CamException CertificateIdBindError CertificateIdEnterpriseWaitSubmit CertificateIdError CertificateIdExpired CertificateIdInfoError CertificateIdUnderVerify CertificateIdUnknownError CertificateIdVerifyFail CertificateIsNull ClsError CodingError DefineMappingEnvironmentError DefineMappingNotNull DefineMappingParamRepeat DefineMappingPathError DeletePathMappingSetError DescribeServiceSubDomainsError DomainAlreadyBindOtherService DomainAlreadyBindService DomainInBlackList DomainNeedBeian DomainNotBindService DomainResolveError EIAMError EbError FormatError GetRoleError InstanceNotExist InvalidInputJSON IsDefaultMapping NetSubDomainError OperateUpstream PathMappingSetError ScfError ServiceError ServiceInOperation ServiceNotExist SetCustomPathMappingError SubDomainFormatError TagBindServiceError TaskAlreadyExist UnknownProtocolTypeError",
  InternalError:
    "- ApigwException CamException CauthException ClbException DbException OssException ReturnableException ScfException TsfException VpcException",
  InvalidParameter: "- BasicServiceNotAllowAttachPlugin DuplicatePluginConfig FormatError",
  InvalidParameterValue:
    "- DuplicatePluginConfig IllegalProxyIp InvalidAccessKeyIds InvalidApiBusinessType InvalidApiIds InvalidApiRequestConfig InvalidApiType InvalidBackendPath InvalidClb InvalidCondition InvalidConstantParameters InvalidEnv InvalidEnvStatus InvalidFilterNotSupportedName InvalidIPAddress InvalidMaxRequestNum InvalidMethod InvalidPluginConfig InvalidPort InvalidProcotol InvalidPublicKey InvalidRegion InvalidRequestParameters InvalidScfConfig InvalidServiceConfig InvalidServiceMockReturnMessage InvalidServiceParam InvalidServiceParameters InvalidServiceType InvalidTagValues InvalidTsfConfig InvalidUpstream InvalidUrl InvalidVpcConfig InvalidWSMethod LengthExceeded LimitExceeded NotInOptions NothingModifyForOauth ParameterNotMatch ParameterValueLimitExceeded RangeExceeded TrafficControl UnsupportedParameter",
  LimitExceeded:
    "- APIDocLimitExceeded AccessKeyCountInUsagePlanLimitExceeded ApiAppCountLimitExceeded ApiCountLimitExceeded ApiKeyCountLimitExceeded ExceededDefineMappingLimit ExceededDomainLimit IpStrategyLimitExceeded RequestLimitExceeded ServiceCountForPluginLimitExceeded ServiceCountLimitExceeded UsagePlanLimitExceeded",
  MissingParameter: "- BackendSpecificParam PluginConfig",
  OperationDenied: "-",
  RequestLimitExceeded: "-",
  ResourceInUse: "-",
  ResourceInsufficient: "-",
  ResourceNotFound:
    "- InvalidAccessKeyId InvalidApi InvalidApiApp InvalidApiDoc InvalidIPStrategy InvalidOauthApi InvalidPlugin InvalidService InvalidUsagePlan",
  ResourceUnavailable: "-",
  ResourcesSoldOut: "-",
  UnauthorizedOperation: "- AccessResource UncertifiedUser",
  UnknownParameter: "-",
  UnsupportedOperation:
    "- AccountArrears AlreadyBindUsagePlan ApiListNotEmpty AttachPlugin BasicServiceNoMoreApi BasicServiceNotAllowAttachPlugin ClsSearchTime ExistingOnlineEnvironment ForceHttps InvalidAction InvalidEndpointType InvalidInstanceState InvalidServiceTrade InvalidStatus ModifyEIAMAuthApi ModifyNetType ModifyProtocol NoUsagePlanEnv ReduceNetTypes RequestPostError ResourceAssociated ResourceIsInUse ResourceUnassociated ServiceExist TagsNotEmpty UinNotInWhiteList UnpackError UnsupportedBindApiKey UnsupportedBindEnvironment UnsupportedDeleteApi UnsupportedDeleteService UnsupportedDeleteUpstream UnsupportedNetType UnsupportedUnBindEnvironment UnsupportedUpdateApiKey UsagePlanInUse",
};
