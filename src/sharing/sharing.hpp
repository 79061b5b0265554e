#pragma once
/// Sharing: peers, the collections they read and write, exchange by the standards they speak.
#include "sharing/collections.hpp"
#include "sharing/detection_file.hpp"
#include "sharing/disclosed.hpp"
#include "sharing/exchange.hpp"
#include "sharing/mappings/misp.hpp"
#include "sharing/mappings/misp_source.hpp"
#include "sharing/peers.hpp"
#include "sharing/preview.hpp"
#include "sharing/recalls.hpp"
#include "sharing/remote_health.hpp"
#include "sharing/remotes.hpp"
#include "sharing/taxii_client.hpp"
