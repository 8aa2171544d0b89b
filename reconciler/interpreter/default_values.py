"""The values that an API server fills in where a field is absent, Kubernetes 1.36.3. Generated; do not edit.

tests/controlplane/record_defaults.py records them from a real kube-apiserver; a test compares. Each line is a type. `field=value`
is a default, in JSON; with `==` the zero of the type counts as absent, too. `field:Type` leads to a type that has defaults, where
`*` means a list of it, and `%` a mapping from text to it. `default_rules.py` has the defaults that depend on other fields.
"""

from __future__ import annotations

DEFAULT_VALUES = """
admissionregistration.v1.MatchResources: matchPolicy="Equivalent" namespaceSelector={} objectSelector={}
  excludeResourceRules:*admissionregistration.v1.NamedRuleWithOperations
  resourceRules:*admissionregistration.v1.NamedRuleWithOperations
admissionregistration.v1.MutatingAdmissionPolicy: spec:admissionregistration.v1.MutatingAdmissionPolicySpec
admissionregistration.v1.MutatingAdmissionPolicyBinding: spec:admissionregistration.v1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1.MutatingAdmissionPolicyBindingSpec: matchResources:admissionregistration.v1.MatchResources
admissionregistration.v1.MutatingAdmissionPolicySpec: failurePolicy="Fail"
  matchConstraints:admissionregistration.v1.MatchResources
admissionregistration.v1.MutatingWebhook: failurePolicy="Fail" matchPolicy="Equivalent" namespaceSelector={} objectSelector={}
  reinvocationPolicy="Never" timeoutSeconds=10 clientConfig:admissionregistration.v1.WebhookClientConfig
  rules:*admissionregistration.v1.RuleWithOperations
admissionregistration.v1.MutatingWebhookConfiguration: webhooks:*admissionregistration.v1.MutatingWebhook
admissionregistration.v1.NamedRuleWithOperations: scope="*"
admissionregistration.v1.RuleWithOperations: scope="*"
admissionregistration.v1.ServiceReference: port=443
admissionregistration.v1.ValidatingAdmissionPolicy: spec:admissionregistration.v1.ValidatingAdmissionPolicySpec
admissionregistration.v1.ValidatingAdmissionPolicyBinding: spec:admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec: matchResources:admissionregistration.v1.MatchResources
admissionregistration.v1.ValidatingAdmissionPolicySpec: failurePolicy="Fail"
  matchConstraints:admissionregistration.v1.MatchResources
admissionregistration.v1.ValidatingWebhook: failurePolicy="Fail" matchPolicy="Equivalent" namespaceSelector={} objectSelector={}
  timeoutSeconds=10 clientConfig:admissionregistration.v1.WebhookClientConfig rules:*admissionregistration.v1.RuleWithOperations
admissionregistration.v1.ValidatingWebhookConfiguration: webhooks:*admissionregistration.v1.ValidatingWebhook
admissionregistration.v1.WebhookClientConfig: service:admissionregistration.v1.ServiceReference
admissionregistration.v1alpha1.MatchResources: matchPolicy="Equivalent" namespaceSelector={} objectSelector={}
  excludeResourceRules:*admissionregistration.v1alpha1.NamedRuleWithOperations
  resourceRules:*admissionregistration.v1alpha1.NamedRuleWithOperations
admissionregistration.v1alpha1.MutatingAdmissionPolicy: spec:admissionregistration.v1alpha1.MutatingAdmissionPolicySpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding:
  spec:admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec: matchResources:admissionregistration.v1alpha1.MatchResources
admissionregistration.v1alpha1.MutatingAdmissionPolicySpec: failurePolicy="Fail"
  matchConstraints:admissionregistration.v1alpha1.MatchResources
admissionregistration.v1alpha1.NamedRuleWithOperations: scope="*"
admissionregistration.v1beta1.MatchResources: matchPolicy="Equivalent" namespaceSelector={} objectSelector={}
  excludeResourceRules:*admissionregistration.v1beta1.NamedRuleWithOperations
  resourceRules:*admissionregistration.v1beta1.NamedRuleWithOperations
admissionregistration.v1beta1.MutatingAdmissionPolicy: spec:admissionregistration.v1beta1.MutatingAdmissionPolicySpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBinding:
  spec:admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec: matchResources:admissionregistration.v1beta1.MatchResources
admissionregistration.v1beta1.MutatingAdmissionPolicySpec: failurePolicy="Fail"
  matchConstraints:admissionregistration.v1beta1.MatchResources
admissionregistration.v1beta1.NamedRuleWithOperations: scope="*"
apiextensions.v1.CustomResourceConversion: strategy="None" webhook:apiextensions.v1.WebhookConversion
apiextensions.v1.CustomResourceDefinition: spec:apiextensions.v1.CustomResourceDefinitionSpec
  status:apiextensions.v1.CustomResourceDefinitionStatus
apiextensions.v1.CustomResourceDefinitionNames:
apiextensions.v1.CustomResourceDefinitionSpec: conversion={} conversion:apiextensions.v1.CustomResourceConversion
  names:apiextensions.v1.CustomResourceDefinitionNames
apiextensions.v1.CustomResourceDefinitionStatus: acceptedNames:apiextensions.v1.CustomResourceDefinitionNames
apiextensions.v1.ServiceReference: port=443
apiextensions.v1.WebhookClientConfig: service:apiextensions.v1.ServiceReference
apiextensions.v1.WebhookConversion: clientConfig:apiextensions.v1.WebhookClientConfig
apiregistration.v1.APIService: spec={} spec:apiregistration.v1.APIServiceSpec
apiregistration.v1.APIServiceSpec: groupPriorityMinimum=0 versionPriority=0 service:apiregistration.v1.ServiceReference
apiregistration.v1.ServiceReference: port=443
apiserverinternal.v1alpha1.StorageVersion: spec={}
apps.v1.ControllerRevision: data=null
apps.v1.DaemonSet: spec={} spec:apps.v1.DaemonSetSpec
apps.v1.DaemonSetSpec: revisionHistoryLimit=10 selector=null template={} updateStrategy={} template:core.v1.PodTemplateSpec
  updateStrategy:apps.v1.DaemonSetUpdateStrategy
apps.v1.DaemonSetUpdateStrategy: type=="RollingUpdate"
apps.v1.Deployment: spec={} spec:apps.v1.DeploymentSpec
apps.v1.DeploymentSpec: progressDeadlineSeconds=600 replicas=1 revisionHistoryLimit=10 selector=null strategy={} template={}
  strategy:apps.v1.DeploymentStrategy template:core.v1.PodTemplateSpec
apps.v1.DeploymentStrategy: type=="RollingUpdate"
apps.v1.ReplicaSet: spec={} spec:apps.v1.ReplicaSetSpec
apps.v1.ReplicaSetSpec: replicas=1 selector=null template={} template:core.v1.PodTemplateSpec
apps.v1.StatefulSet: spec={} spec:apps.v1.StatefulSetSpec
apps.v1.StatefulSetOrdinals: start=0
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted=="Retain" whenScaled=="Retain"
apps.v1.StatefulSetSpec: persistentVolumeClaimRetentionPolicy={} podManagementPolicy=="OrderedReady" replicas=1
  revisionHistoryLimit=10 selector=null serviceName="" template={} updateStrategy={} ordinals:apps.v1.StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy:apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy template:core.v1.PodTemplateSpec
  updateStrategy:apps.v1.StatefulSetUpdateStrategy volumeClaimTemplates:*core.v1.PersistentVolumeClaim
apps.v1.StatefulSetUpdateStrategy:
autoscaling.v1.HorizontalPodAutoscaler: spec:autoscaling.v1.HorizontalPodAutoscalerSpec
autoscaling.v1.HorizontalPodAutoscalerSpec: minReplicas=1 targetCPUUtilizationPercentage=80
autoscaling.v2.HorizontalPodAutoscaler: spec:autoscaling.v2.HorizontalPodAutoscalerSpec
autoscaling.v2.HorizontalPodAutoscalerBehavior:
autoscaling.v2.HorizontalPodAutoscalerSpec:
  metrics=[{"resource":{"name":"cpu","target":{"averageUtilization":80,"type":"Utilization"}},"type":"Resource"}] minReplicas=1
  behavior:autoscaling.v2.HorizontalPodAutoscalerBehavior
batch.v1.CronJob: spec:batch.v1.CronJobSpec
batch.v1.CronJobSpec: concurrencyPolicy=="Allow" failedJobsHistoryLimit=1 successfulJobsHistoryLimit=3 suspend=false
  jobTemplate:batch.v1.JobTemplateSpec
batch.v1.Job: spec={} spec:batch.v1.JobSpec
batch.v1.JobSpec: template={} podFailurePolicy:batch.v1.PodFailurePolicy template:core.v1.PodTemplateSpec
batch.v1.JobTemplateSpec: metadata={} spec={} spec:batch.v1.JobSpec
batch.v1.PodFailurePolicy: rules:*batch.v1.PodFailurePolicyRule
batch.v1.PodFailurePolicyOnPodConditionsPattern: status=="True"
batch.v1.PodFailurePolicyRule: onPodConditions:*batch.v1.PodFailurePolicyOnPodConditionsPattern
coordination.v1.Lease: spec={}
core.v1.AzureDiskVolumeSource: cachingMode="ReadWrite" fsType="ext4" kind="Shared" readOnly=false
core.v1.AzureFilePersistentVolumeSource: secretNamespace=null
core.v1.ConfigMapVolumeSource: defaultMode=420
core.v1.Container: resources={} terminationMessagePath=="/dev/termination-log" terminationMessagePolicy=="File"
  env:*core.v1.EnvVar lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe ports:*core.v1.ContainerPort
  readinessProbe:core.v1.Probe startupProbe:core.v1.Probe
core.v1.ContainerPort: protocol=="TCP"
core.v1.DownwardAPIProjection: items:*core.v1.DownwardAPIVolumeFile
core.v1.DownwardAPIVolumeFile: fieldRef:core.v1.ObjectFieldSelector resourceFieldRef:core.v1.ResourceFieldSelector
core.v1.DownwardAPIVolumeSource: defaultMode=420 items:*core.v1.DownwardAPIVolumeFile
core.v1.EndpointPort: protocol=="TCP"
core.v1.EndpointSubset: ports:*core.v1.EndpointPort
core.v1.Endpoints: subsets:*core.v1.EndpointSubset
core.v1.EnvVar: valueFrom:core.v1.EnvVarSource
core.v1.EnvVarSource: fieldRef:core.v1.ObjectFieldSelector fileKeyRef:core.v1.FileKeySelector
  resourceFieldRef:core.v1.ResourceFieldSelector
core.v1.EphemeralContainer: resources={} terminationMessagePath=="/dev/termination-log" terminationMessagePolicy=="File"
  env:*core.v1.EnvVar lifecycle:core.v1.Lifecycle livenessProbe:core.v1.Probe ports:*core.v1.ContainerPort
  readinessProbe:core.v1.Probe startupProbe:core.v1.Probe
core.v1.EphemeralVolumeSource: volumeClaimTemplate:core.v1.PersistentVolumeClaimTemplate
core.v1.Event: eventTime=null firstTimestamp=null lastTimestamp=null reportingComponent="" reportingInstance="" source={}
  series:core.v1.EventSeries
core.v1.EventSeries: lastObservedTime=null
core.v1.FileKeySelector: optional=false
core.v1.GRPCAction: service=""
core.v1.HTTPGetAction: path=="/" scheme=="HTTP"
core.v1.HostPathVolumeSource: type=""
core.v1.ISCSIPersistentVolumeSource: iscsiInterface=="default"
core.v1.ISCSIVolumeSource: iscsiInterface=="default"
core.v1.Lifecycle: postStart:core.v1.LifecycleHandler preStop:core.v1.LifecycleHandler
core.v1.LifecycleHandler: httpGet:core.v1.HTTPGetAction
core.v1.LimitRange: spec={} spec:core.v1.LimitRangeSpec
core.v1.LimitRangeItem:
core.v1.LimitRangeSpec: limits=null limits:*core.v1.LimitRangeItem
core.v1.Namespace: spec={}
core.v1.Node: spec={} spec:core.v1.NodeSpec
core.v1.NodeSpec:
core.v1.ObjectFieldSelector: apiVersion=="v1"
core.v1.PersistentVolume: spec={} spec:core.v1.PersistentVolumeSpec
core.v1.PersistentVolumeClaim: apiVersion=="v1" kind=="PersistentVolumeClaim" metadata={} spec={} status={}
  spec:core.v1.PersistentVolumeClaimSpec status:core.v1.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimCondition: lastProbeTime=null lastTransitionTime=null
core.v1.PersistentVolumeClaimSpec: resources={} volumeMode="Filesystem" dataSource:core.v1.TypedLocalObjectReference
  dataSourceRef:core.v1.TypedObjectReference
core.v1.PersistentVolumeClaimStatus: phase=="Pending" conditions:*core.v1.PersistentVolumeClaimCondition
core.v1.PersistentVolumeClaimTemplate: metadata={} spec:core.v1.PersistentVolumeClaimSpec
core.v1.PersistentVolumeSpec: azureDisk:core.v1.AzureDiskVolumeSource azureFile:core.v1.AzureFilePersistentVolumeSource
  hostPath:core.v1.HostPathVolumeSource iscsi:core.v1.ISCSIPersistentVolumeSource rbd:core.v1.RBDPersistentVolumeSource
  scaleIO:core.v1.ScaleIOPersistentVolumeSource
core.v1.Pod: spec={} spec:core.v1.PodSpec
core.v1.PodSpec: containers=null dnsPolicy=="ClusterFirst" restartPolicy=="Always" schedulerName=="default-scheduler"
  securityContext={} terminationGracePeriodSeconds=30 containers:*core.v1.Container
  ephemeralContainers:*core.v1.EphemeralContainer initContainers:*core.v1.Container volumes:*core.v1.Volume
core.v1.PodTemplate: template={} template:core.v1.PodTemplateSpec
core.v1.PodTemplateSpec: metadata={} spec={} spec:core.v1.PodSpec
core.v1.Probe: failureThreshold==3 periodSeconds==10 successThreshold==1 timeoutSeconds==1 grpc:core.v1.GRPCAction
  httpGet:core.v1.HTTPGetAction
core.v1.ProjectedVolumeSource: defaultMode=420 sources=null sources:*core.v1.VolumeProjection
core.v1.RBDPersistentVolumeSource: keyring=="/etc/ceph/keyring" pool=="rbd" user=="admin"
core.v1.RBDVolumeSource: keyring=="/etc/ceph/keyring" pool=="rbd" user=="admin"
core.v1.ReplicationController: spec={} spec:core.v1.ReplicationControllerSpec
core.v1.ReplicationControllerSpec: replicas=1 template:core.v1.PodTemplateSpec
core.v1.ResourceFieldSelector: divisor="0"
core.v1.ResourceQuota: spec={}
core.v1.ScaleIOPersistentVolumeSource: fsType=="xfs" storageMode=="ThinProvisioned"
core.v1.ScaleIOVolumeSource: fsType=="xfs" storageMode=="ThinProvisioned"
core.v1.Secret: type=="Opaque"
core.v1.SecretVolumeSource: defaultMode=420
core.v1.Service: spec={} spec:core.v1.ServiceSpec
core.v1.ServiceAccountTokenProjection: expirationSeconds=3600
core.v1.ServicePort: protocol=="TCP"
core.v1.ServiceSpec: sessionAffinity=="None" type=="ClusterIP" ports:*core.v1.ServicePort
core.v1.TypedLocalObjectReference: apiGroup=null
core.v1.TypedObjectReference: apiGroup=null
core.v1.Volume: azureDisk:core.v1.AzureDiskVolumeSource configMap:core.v1.ConfigMapVolumeSource
  downwardAPI:core.v1.DownwardAPIVolumeSource ephemeral:core.v1.EphemeralVolumeSource hostPath:core.v1.HostPathVolumeSource
  iscsi:core.v1.ISCSIVolumeSource projected:core.v1.ProjectedVolumeSource rbd:core.v1.RBDVolumeSource
  scaleIO:core.v1.ScaleIOVolumeSource secret:core.v1.SecretVolumeSource
core.v1.VolumeProjection: downwardAPI:core.v1.DownwardAPIProjection serviceAccountToken:core.v1.ServiceAccountTokenProjection
discovery.v1.Endpoint: conditions={}
discovery.v1.EndpointPort: name="" protocol="TCP"
discovery.v1.EndpointSlice: endpoints=null ports=null endpoints:*discovery.v1.Endpoint ports:*discovery.v1.EndpointPort
events.v1.Event: deprecatedFirstTimestamp=null deprecatedLastTimestamp=null deprecatedSource={} regarding={}
flowcontrol.v1.ExemptPriorityLevelConfiguration: lendablePercent=0 nominalConcurrencyShares=0
flowcontrol.v1.FlowSchema: spec={} spec:flowcontrol.v1.FlowSchemaSpec
flowcontrol.v1.FlowSchemaSpec: matchingPrecedence==1000 priorityLevelConfiguration={}
  priorityLevelConfiguration:flowcontrol.v1.PriorityLevelConfigurationReference rules:*flowcontrol.v1.PolicyRulesWithSubjects
flowcontrol.v1.LimitResponse: type="" queuing:flowcontrol.v1.QueuingConfiguration
flowcontrol.v1.LimitedPriorityLevelConfiguration: lendablePercent=0 limitResponse={} nominalConcurrencyShares=30
  limitResponse:flowcontrol.v1.LimitResponse
flowcontrol.v1.PolicyRulesWithSubjects: resourceRules:*flowcontrol.v1.ResourcePolicyRule
flowcontrol.v1.PriorityLevelConfiguration: spec={} spec:flowcontrol.v1.PriorityLevelConfigurationSpec
flowcontrol.v1.PriorityLevelConfigurationReference: name=""
flowcontrol.v1.PriorityLevelConfigurationSpec: type="" exempt:flowcontrol.v1.ExemptPriorityLevelConfiguration
  limited:flowcontrol.v1.LimitedPriorityLevelConfiguration
flowcontrol.v1.QueuingConfiguration: handSize==8 queueLengthLimit==50 queues==64
flowcontrol.v1.ResourcePolicyRule: namespaces=null
networking.v1.HTTPIngressPath: backend:networking.v1.IngressBackend
networking.v1.HTTPIngressRuleValue: paths:*networking.v1.HTTPIngressPath
networking.v1.Ingress: spec={} spec:networking.v1.IngressSpec
networking.v1.IngressBackend: resource:core.v1.TypedLocalObjectReference service:networking.v1.IngressServiceBackend
networking.v1.IngressClass: spec={} spec:networking.v1.IngressClassSpec
networking.v1.IngressClassParametersReference: scope="Cluster"
networking.v1.IngressClassSpec: parameters:networking.v1.IngressClassParametersReference
networking.v1.IngressRule: http:networking.v1.HTTPIngressRuleValue
networking.v1.IngressServiceBackend: port={}
networking.v1.IngressSpec: defaultBackend:networking.v1.IngressBackend rules:*networking.v1.IngressRule
networking.v1.NetworkPolicy: spec={} spec:networking.v1.NetworkPolicySpec
networking.v1.NetworkPolicyEgressRule: ports:*networking.v1.NetworkPolicyPort
networking.v1.NetworkPolicyIngressRule: ports:*networking.v1.NetworkPolicyPort
networking.v1.NetworkPolicyPort: protocol="TCP"
networking.v1.NetworkPolicySpec: podSelector={} egress:*networking.v1.NetworkPolicyEgressRule
  ingress:*networking.v1.NetworkPolicyIngressRule
networking.v1.ServiceCIDR: spec={}
networking.v1beta1.ServiceCIDR: spec={}
policy.v1.PodDisruptionBudget: spec={}
rbac.v1.ClusterRole: rules=null
rbac.v1.ClusterRoleBinding: roleRef:rbac.v1.RoleRef subjects:*rbac.v1.Subject
rbac.v1.Role: rules=null
rbac.v1.RoleBinding: roleRef:rbac.v1.RoleRef subjects:*rbac.v1.Subject
rbac.v1.RoleRef: apiGroup=="rbac.authorization.k8s.io"
rbac.v1.Subject:
resource.v1.AllocationResult: devices:resource.v1.DeviceAllocationResult
resource.v1.CapacityRequestPolicy: default=null
resource.v1.Device: capacity:%resource.v1.DeviceCapacity
  nodeAllocatableResourceMappings:%resource.v1.NodeAllocatableResourceMapping
resource.v1.DeviceAllocationConfiguration: opaque:resource.v1.OpaqueDeviceConfiguration
resource.v1.DeviceAllocationResult: config:*resource.v1.DeviceAllocationConfiguration
  results:*resource.v1.DeviceRequestAllocationResult
resource.v1.DeviceCapacity: requestPolicy:resource.v1.CapacityRequestPolicy
resource.v1.DeviceClaim: requests=null config:*resource.v1.DeviceClaimConfiguration requests:*resource.v1.DeviceRequest
resource.v1.DeviceClaimConfiguration: opaque:resource.v1.OpaqueDeviceConfiguration
resource.v1.DeviceClass: spec:resource.v1.DeviceClassSpec
resource.v1.DeviceClassConfiguration: opaque:resource.v1.OpaqueDeviceConfiguration
resource.v1.DeviceClassSpec: config:*resource.v1.DeviceClassConfiguration
resource.v1.DeviceRequest: exactly:resource.v1.ExactDeviceRequest firstAvailable:*resource.v1.DeviceSubRequest
resource.v1.DeviceRequestAllocationResult: tolerations:*resource.v1.DeviceToleration
resource.v1.DeviceSubRequest: allocationMode=="ExactCount" tolerations:*resource.v1.DeviceToleration
resource.v1.DeviceToleration: operator=="Equal"
resource.v1.ExactDeviceRequest: allocationMode=="ExactCount" tolerations:*resource.v1.DeviceToleration
resource.v1.NodeAllocatableResourceMapping: allocationMultiplier="1"
resource.v1.OpaqueDeviceConfiguration: parameters=null
resource.v1.ResourceClaim: spec:resource.v1.ResourceClaimSpec status:resource.v1.ResourceClaimStatus
resource.v1.ResourceClaimSpec: devices={} devices:resource.v1.DeviceClaim
resource.v1.ResourceClaimStatus: allocation:resource.v1.AllocationResult
resource.v1.ResourceClaimTemplate: spec:resource.v1.ResourceClaimTemplateSpec
resource.v1.ResourceClaimTemplateSpec: metadata={} spec:resource.v1.ResourceClaimSpec
resource.v1.ResourceSlice: spec:resource.v1.ResourceSliceSpec
resource.v1.ResourceSliceSpec: devices:*resource.v1.Device
resource.v1alpha3.ResourcePoolStatusRequest: spec:resource.v1alpha3.ResourcePoolStatusRequestSpec
resource.v1alpha3.ResourcePoolStatusRequestSpec: limit=100
resource.v1beta1.AllocationResult: devices:resource.v1beta1.DeviceAllocationResult
resource.v1beta1.BasicDevice: capacity:%resource.v1beta1.DeviceCapacity
  nodeAllocatableResourceMappings:%resource.v1beta1.NodeAllocatableResourceMapping
resource.v1beta1.CapacityRequestPolicy: default=null
resource.v1beta1.Device: basic={} basic:resource.v1beta1.BasicDevice
resource.v1beta1.DeviceAllocationConfiguration: opaque:resource.v1beta1.OpaqueDeviceConfiguration
resource.v1beta1.DeviceAllocationResult: config:*resource.v1beta1.DeviceAllocationConfiguration
  results:*resource.v1beta1.DeviceRequestAllocationResult
resource.v1beta1.DeviceCapacity: requestPolicy:resource.v1beta1.CapacityRequestPolicy
resource.v1beta1.DeviceClaim: requests=null config:*resource.v1beta1.DeviceClaimConfiguration
  requests:*resource.v1beta1.DeviceRequest
resource.v1beta1.DeviceClaimConfiguration: opaque:resource.v1beta1.OpaqueDeviceConfiguration
resource.v1beta1.DeviceClass: spec:resource.v1beta1.DeviceClassSpec
resource.v1beta1.DeviceClassConfiguration: opaque:resource.v1beta1.OpaqueDeviceConfiguration
resource.v1beta1.DeviceClassSpec: config:*resource.v1beta1.DeviceClassConfiguration
resource.v1beta1.DeviceRequest: deviceClassName="" firstAvailable:*resource.v1beta1.DeviceSubRequest
  tolerations:*resource.v1beta1.DeviceToleration
resource.v1beta1.DeviceRequestAllocationResult: tolerations:*resource.v1beta1.DeviceToleration
resource.v1beta1.DeviceSubRequest: allocationMode=="ExactCount" tolerations:*resource.v1beta1.DeviceToleration
resource.v1beta1.DeviceToleration: operator=="Equal"
resource.v1beta1.NodeAllocatableResourceMapping: allocationMultiplier="1"
resource.v1beta1.OpaqueDeviceConfiguration: parameters=null
resource.v1beta1.ResourceClaim: spec:resource.v1beta1.ResourceClaimSpec status:resource.v1beta1.ResourceClaimStatus
resource.v1beta1.ResourceClaimSpec: devices={} devices:resource.v1beta1.DeviceClaim
resource.v1beta1.ResourceClaimStatus: allocation:resource.v1beta1.AllocationResult
resource.v1beta1.ResourceClaimTemplate: spec:resource.v1beta1.ResourceClaimTemplateSpec
resource.v1beta1.ResourceClaimTemplateSpec: metadata={} spec:resource.v1beta1.ResourceClaimSpec
resource.v1beta1.ResourceSlice: spec:resource.v1beta1.ResourceSliceSpec
resource.v1beta1.ResourceSliceSpec: devices:*resource.v1beta1.Device
resource.v1beta2.AllocationResult: devices:resource.v1beta2.DeviceAllocationResult
resource.v1beta2.CapacityRequestPolicy: default=null
resource.v1beta2.Device: capacity:%resource.v1beta2.DeviceCapacity
  nodeAllocatableResourceMappings:%resource.v1beta2.NodeAllocatableResourceMapping
resource.v1beta2.DeviceAllocationConfiguration: opaque:resource.v1beta2.OpaqueDeviceConfiguration
resource.v1beta2.DeviceAllocationResult: config:*resource.v1beta2.DeviceAllocationConfiguration
  results:*resource.v1beta2.DeviceRequestAllocationResult
resource.v1beta2.DeviceCapacity: requestPolicy:resource.v1beta2.CapacityRequestPolicy
resource.v1beta2.DeviceClaim: requests=null config:*resource.v1beta2.DeviceClaimConfiguration
  requests:*resource.v1beta2.DeviceRequest
resource.v1beta2.DeviceClaimConfiguration: opaque:resource.v1beta2.OpaqueDeviceConfiguration
resource.v1beta2.DeviceClass: spec:resource.v1beta2.DeviceClassSpec
resource.v1beta2.DeviceClassConfiguration: opaque:resource.v1beta2.OpaqueDeviceConfiguration
resource.v1beta2.DeviceClassSpec: config:*resource.v1beta2.DeviceClassConfiguration
resource.v1beta2.DeviceRequest: exactly:resource.v1beta2.ExactDeviceRequest firstAvailable:*resource.v1beta2.DeviceSubRequest
resource.v1beta2.DeviceRequestAllocationResult: tolerations:*resource.v1beta2.DeviceToleration
resource.v1beta2.DeviceSubRequest: allocationMode=="ExactCount" tolerations:*resource.v1beta2.DeviceToleration
resource.v1beta2.DeviceToleration: operator=="Equal"
resource.v1beta2.ExactDeviceRequest: allocationMode=="ExactCount" tolerations:*resource.v1beta2.DeviceToleration
resource.v1beta2.NodeAllocatableResourceMapping: allocationMultiplier="1"
resource.v1beta2.OpaqueDeviceConfiguration: parameters=null
resource.v1beta2.ResourceClaim: spec:resource.v1beta2.ResourceClaimSpec status:resource.v1beta2.ResourceClaimStatus
resource.v1beta2.ResourceClaimSpec: devices={} devices:resource.v1beta2.DeviceClaim
resource.v1beta2.ResourceClaimStatus: allocation:resource.v1beta2.AllocationResult
resource.v1beta2.ResourceClaimTemplate: spec:resource.v1beta2.ResourceClaimTemplateSpec
resource.v1beta2.ResourceClaimTemplateSpec: metadata={} spec:resource.v1beta2.ResourceClaimSpec
resource.v1beta2.ResourceSlice: spec:resource.v1beta2.ResourceSliceSpec
resource.v1beta2.ResourceSliceSpec: devices:*resource.v1beta2.Device
scheduling.v1.PriorityClass: preemptionPolicy="PreemptLowerPriority" value=0
storage.v1.CSIDriver: spec:storage.v1.CSIDriverSpec
storage.v1.CSIDriverSpec: attachRequired=true fsGroupPolicy="ReadWriteOnceWithFSType" podInfoOnMount=false
  requiresRepublish=false seLinuxMount=false storageCapacity=false volumeLifecycleModes=["Persistent"]
storage.v1.CSINode: spec:storage.v1.CSINodeSpec
storage.v1.CSINodeDriver: topologyKeys=null
storage.v1.CSINodeSpec: drivers:*storage.v1.CSINodeDriver
storage.v1.StorageClass: reclaimPolicy="Delete" volumeBindingMode="Immediate"
storage.v1.VolumeAttachment: spec:storage.v1.VolumeAttachmentSpec
storage.v1.VolumeAttachmentSource: inlineVolumeSpec:core.v1.PersistentVolumeSpec
storage.v1.VolumeAttachmentSpec: source:storage.v1.VolumeAttachmentSource
"""

DEFAULTED_KINDS = """
admissionregistration.k8s.io/v1 MutatingAdmissionPolicy admissionregistration.v1.MutatingAdmissionPolicy
admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding admissionregistration.v1.MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration admissionregistration.v1.MutatingWebhookConfiguration
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy admissionregistration.v1.ValidatingAdmissionPolicy
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding admissionregistration.v1.ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration admissionregistration.v1.ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicy admissionregistration.v1alpha1.MutatingAdmissionPolicy
admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicyBinding admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicy admissionregistration.v1beta1.MutatingAdmissionPolicy
admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicyBinding admissionregistration.v1beta1.MutatingAdmissionPolicyBinding
apiextensions.k8s.io/v1 CustomResourceDefinition apiextensions.v1.CustomResourceDefinition
apiregistration.k8s.io/v1 APIService apiregistration.v1.APIService
apps/v1 ControllerRevision apps.v1.ControllerRevision
apps/v1 DaemonSet apps.v1.DaemonSet
apps/v1 Deployment apps.v1.Deployment
apps/v1 ReplicaSet apps.v1.ReplicaSet
apps/v1 StatefulSet apps.v1.StatefulSet
autoscaling/v1 HorizontalPodAutoscaler autoscaling.v1.HorizontalPodAutoscaler
autoscaling/v2 HorizontalPodAutoscaler autoscaling.v2.HorizontalPodAutoscaler
batch/v1 CronJob batch.v1.CronJob
batch/v1 Job batch.v1.Job
coordination.k8s.io/v1 Lease coordination.v1.Lease
discovery.k8s.io/v1 EndpointSlice discovery.v1.EndpointSlice
events.k8s.io/v1 Event events.v1.Event
flowcontrol.apiserver.k8s.io/v1 FlowSchema flowcontrol.v1.FlowSchema
flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration flowcontrol.v1.PriorityLevelConfiguration
internal.apiserver.k8s.io/v1alpha1 StorageVersion apiserverinternal.v1alpha1.StorageVersion
networking.k8s.io/v1 Ingress networking.v1.Ingress
networking.k8s.io/v1 IngressClass networking.v1.IngressClass
networking.k8s.io/v1 NetworkPolicy networking.v1.NetworkPolicy
networking.k8s.io/v1 ServiceCIDR networking.v1.ServiceCIDR
networking.k8s.io/v1beta1 ServiceCIDR networking.v1beta1.ServiceCIDR
policy/v1 PodDisruptionBudget policy.v1.PodDisruptionBudget
rbac.authorization.k8s.io/v1 ClusterRole rbac.v1.ClusterRole
rbac.authorization.k8s.io/v1 ClusterRoleBinding rbac.v1.ClusterRoleBinding
rbac.authorization.k8s.io/v1 Role rbac.v1.Role
rbac.authorization.k8s.io/v1 RoleBinding rbac.v1.RoleBinding
resource.k8s.io/v1 DeviceClass resource.v1.DeviceClass
resource.k8s.io/v1 ResourceClaim resource.v1.ResourceClaim
resource.k8s.io/v1 ResourceClaimTemplate resource.v1.ResourceClaimTemplate
resource.k8s.io/v1 ResourceSlice resource.v1.ResourceSlice
resource.k8s.io/v1alpha3 ResourcePoolStatusRequest resource.v1alpha3.ResourcePoolStatusRequest
resource.k8s.io/v1beta1 DeviceClass resource.v1beta1.DeviceClass
resource.k8s.io/v1beta1 ResourceClaim resource.v1beta1.ResourceClaim
resource.k8s.io/v1beta1 ResourceClaimTemplate resource.v1beta1.ResourceClaimTemplate
resource.k8s.io/v1beta1 ResourceSlice resource.v1beta1.ResourceSlice
resource.k8s.io/v1beta2 DeviceClass resource.v1beta2.DeviceClass
resource.k8s.io/v1beta2 ResourceClaim resource.v1beta2.ResourceClaim
resource.k8s.io/v1beta2 ResourceClaimTemplate resource.v1beta2.ResourceClaimTemplate
resource.k8s.io/v1beta2 ResourceSlice resource.v1beta2.ResourceSlice
scheduling.k8s.io/v1 PriorityClass scheduling.v1.PriorityClass
storage.k8s.io/v1 CSIDriver storage.v1.CSIDriver
storage.k8s.io/v1 CSINode storage.v1.CSINode
storage.k8s.io/v1 StorageClass storage.v1.StorageClass
storage.k8s.io/v1 VolumeAttachment storage.v1.VolumeAttachment
v1 Endpoints core.v1.Endpoints
v1 Event core.v1.Event
v1 LimitRange core.v1.LimitRange
v1 Namespace core.v1.Namespace
v1 Node core.v1.Node
v1 PersistentVolume core.v1.PersistentVolume
v1 PersistentVolumeClaim core.v1.PersistentVolumeClaim
v1 Pod core.v1.Pod
v1 PodTemplate core.v1.PodTemplate
v1 ReplicationController core.v1.ReplicationController
v1 ResourceQuota core.v1.ResourceQuota
v1 Secret core.v1.Secret
v1 Service core.v1.Service
"""
