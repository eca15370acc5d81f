export type {
  CallAhead,
  CallHead,
  CallReceiver,
  Channel,
  ChannelCall,
  ChannelClose,
  InitMessage,
  InitOutcome,
  RuntimeFailure,
} from "./channel/channel.ts";
export { SocketChannel } from "./channel/socket-channel.ts";
export type {
  AssignedPaths,
  Assignment,
  Box,
  BoxMemory,
  RuntimeProgram,
  Sandbox,
  SandboxCapabilities,
  SandboxDriver,
  SandboxExit,
} from "./driver.ts";
export { examineHost, findMissingPackages, type HostReport } from "./examine/examine-host.ts";
export { readHostMemory, type HostMemory } from "./examine/host-memory.ts";
export { createOciDriver } from "./oci/oci-driver.ts";
export { openDriver } from "./open-driver.ts";
export { RuntimePackages, type PackageStatus, type RuntimePackage } from "./packages/runtime-packages.ts";
export { nodeSdkNames, pythonSdkNames, sdkPackageNames, sdkPackages, siteFolder } from "./packages/sdk-packages.ts";
export { linkSdks } from "./packages/link-sdks.ts";
export { createProcessDriver } from "./process/process-driver.ts";
export { buildProgram } from "./build-program.ts";
export { allPrograms, nodePackages, ownNode, runtimePrograms, serviceProgram } from "./runtime-programs.ts";
