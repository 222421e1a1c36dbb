/**
 * Microsoft's own clients, through which people act with their own hands. Their ids are the same in
 * every tenant.
 *
 * Source  "Verify first-party Microsoft applications in sign-in reports", Microsoft Learn.
 */
const PEOPLES_CLIENTS = new Set([
  '00000002-0000-0ff1-ce00-000000000000', // Exchange Online, on the web
  '00000003-0000-0ff1-ce00-000000000000', // SharePoint Online, on the web
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46', // Azure CLI
  '08e18876-6177-487e-b8b5-cf950c1e598c', // SharePoint web client extensibility
  '14d82eec-204b-4c2f-b7e8-296a70dab67e', // Graph PowerShell
  '1950a258-227b-4e31-a9cf-717495945fc2', // Azure PowerShell
  '1fec8e78-bce4-4aaf-ab1b-5451cc387264', // Teams
  '27922004-5251-4030-b22d-91ecd9a37ea4', // Outlook, mobile
  '4765445b-32c6-49b0-83e6-1d93765276ca', // Office home
  '5d661950-3475-41cd-a2c3-d671a3162bc1', // Outlook, desktop
  '5e3ce6c0-2b1f-4285-8d4b-75ee78787346', // Teams, web
  '74658136-14ec-4630-ad9b-26e160ff0fc6', // Azure portal, its pages of Entra
  '89bee1f7-5e6e-4d8a-9f3d-ecd601259da7', // Office shell
  'ab9b8c07-8f02-4f72-87fa-80105867a763', // OneDrive sync
  'aebc6443-996d-45c2-90f0-388ff96faa56', // Visual Studio Code
  'c44b4083-3bb0-49c1-b47d-974e53cbdf3c', // Azure portal
  'd3590ed6-52b3-4102-aeff-aad2292ab01c', // Office, desktop
  'de8bc8b5-d9f9-48b1-a8ad-b748da725064', // Graph Explorer
  'fb78d390-0c51-40cd-8e17-fdbfab77341b', // Exchange PowerShell
])

/** Whether an application is one of Microsoft's that do nothing of their own accord. */
export const isPeoplesClient = (appId: string): boolean => PEOPLES_CLIENTS.has(appId.toLowerCase())
