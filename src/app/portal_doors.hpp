#pragma once
#include "api/api.hpp"
#include "app/instance.hpp"

/// What the portal asks of the world outside: the DNS, security.txt files, the mail server.
namespace tocsin::app {

/// Names and files are asked for by [portal] lookups and resolver; the instance must outlive what is given.
api::PortalDoors portal_doors(Instance& instance);

}  // namespace tocsin::app
